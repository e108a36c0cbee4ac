#pragma once

// The hosts of a fleet as people see them: a server joined with its names, whatever is missing on either side.

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "manifests/load.h"
#include "reconciler/plan/plan.h"

namespace muster::cli {

/// What a row lacks because nobody could look: it is not missing, and the row is no orphan.
enum class Unread { nothing, server, record };

struct HostRow {
  std::string group;          ///< "Workshop/my-event"; empty when no manifest wants it
  std::string name;           ///< "abcde"
  std::set<ResourceId> ids;   ///< the server, there or not, and its records: what the row can be called
  std::string instance_name;  ///< "my-event-abcde"; empty: there is no server
  std::string backend_id;
  std::string status;  ///< the backend's word
  std::string ipv4;
  std::string ipv6;
  std::string domain;  ///< empty: there is no record
  std::string target;  ///< of the records
  bool ours = true;
  bool wanted = false;
  Unread unread = Unread::nothing;
  std::optional<Resource> resource;  ///< the server's, when it is wanted
  std::optional<Stamp> stamp;        ///< the server's
};

struct HostLists {
  std::vector<HostRow> hosts;             ///< both, a server that wants no record, or one side when the other is unread
  std::vector<HostRow> orphaned_servers;  ///< no record
  std::vector<HostRow> orphaned_domains;  ///< no server
};

/// Kinds of resources that people call hosts.
bool is_host_kind(std::string_view kind);

/// The backend's word for a host of ours that is there and does not run ("SHUTOFF"); empty: it runs, or is no host.
std::string stopped_word(const Observed& object);

/// What this fleet's hosts are called after: "my-event" of openstack.server:my-event/abcde, and of the mark
/// ovh.scope:example.com/my-event, which a manifest without hosts wants too; wanted or ours.
std::set<std::string> namespaces_of(const manifests::Load& load, const plan::Snapshot& snapshot);
/// Of the servers that are not ours, those called NAMESPACE-NAME: the two parts.
std::optional<std::pair<std::string, std::string>> host_of_foreign(const Observed& server,
                                                                   const std::set<std::string>& namespaces);
/// What no list has because nobody could see it, each reason once.
std::vector<std::string> gaps_in(const plan::Snapshot& snapshot);

/// Joined by namespace and name, never by a guess on a part of it. Sorted by namespace, name, backend id.
HostLists host_lists(const manifests::Load& load, const plan::Snapshot& snapshot);

}  // namespace muster::cli
