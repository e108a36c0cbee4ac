#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace muster::sandbox {

using ZoneTime = std::chrono::system_clock::time_point;

/// A record as the API shows it. `subdomain` is relative to the zone, empty at the apex; `ttl` 0 is the zone's default.
struct DnsRecord {
  std::int64_t id = 0;
  std::string type;
  std::string subdomain;
  std::string target;
  std::int64_t ttl = 0;
};

/// What a PUT may change; the type of a record is for ever.
struct RecordPatch {
  std::optional<std::string> subdomain;
  std::optional<std::string> target;
  std::optional<std::int64_t> ttl;
};

struct ZoneSoa {
  std::string server;
  std::string email;
  std::int64_t serial = 0;
  std::int64_t refresh = 86400;
  std::int64_t expire = 3600000;
  std::int64_t nx_domain_ttl = 60;
  std::int64_t ttl = 3600;
};

struct ZoneTask {
  std::int64_t id = 0;
  ZoneTime created;
  ZoneTime due;
  bool done = false;
};

struct ZoneStatus {
  bool is_deployed = true;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

/// The habits of the real service that nobody has documented, each one a switch.
struct ZoneRules {
  /// From POST refresh until the name servers serve the zone.
  std::chrono::milliseconds refresh_duration{200};
  /// A refresh while another one runs is refused; otherwise it joins the running one, whose content it does not extend.
  bool refuse_concurrent_refresh = true;
  /// A TXT is shown as it was sent for this long, quoted afterwards. Nullopt: never quoted.
  std::optional<std::chrono::milliseconds> txt_quoted_after = std::chrono::milliseconds{500};
  /// GET by id answers 404 for this long after the POST.
  std::chrono::milliseconds new_record_hidden_for{0};
  bool refuse_cname_clash = false;
  bool export_shows_unrefreshed = true;
  /// is_deployed is false while stored edits wait for a refresh, not only while a refresh runs.
  bool status_counts_unrefreshed = false;
};

enum class ZoneRefusalKind { invalid, unknown_record, busy };

/// The zone refused an edit; what() is the text the API answers with.
class ZoneRefusal : public std::runtime_error {
 public:
  ZoneRefusal(ZoneRefusalKind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
  ZoneRefusalKind kind() const { return kind_; }

 private:
  ZoneRefusalKind kind_;
};

/// One DNS zone as OVH keeps it: edits change the stored records at once, name servers serve the published ones, and
/// only a refresh leads from the first to the second. Ids come from the caller, because an account shares one counter.
/// Time is an argument everywhere and must not run backwards. Not thread-safe: the account holds one lock.
class Zone {
 public:
  /// Starts with the records that OVH puts into every zone (two NS, one MX, one SPF), published; takes ids from
  /// next_id.
  Zone(std::string name, ZoneRules rules, std::int64_t& next_id, ZoneTime now);

  const std::string& name() const { return name_; }
  const ZoneSoa& soa() const { return soa_; }
  const std::vector<std::string>& name_servers() const { return name_servers_; }
  ZoneTime last_update() const { return last_update_; }
  std::size_t size() const { return records_.size(); }

  /// Stores a record under draft.id and returns it as the POST shows it. Throws ZoneRefusal.
  DnsRecord create(DnsRecord draft, ZoneTime now);
  void update(std::int64_t id, const RecordPatch& patch, ZoneTime now);
  void remove(std::int64_t id, ZoneTime now);
  void set_soa(const ZoneSoa& soa, ZoneTime now);
  /// Gives every record a new id, as the text editor of OVH's manager, an import and a restore do.
  void renumber(std::int64_t& next_id, ZoneTime now);

  /// Ids in ascending order. `subdomain` is compared without case and takes % for any text, as the API's filter does.
  std::vector<std::int64_t> list(const std::optional<std::string>& type,
                                 const std::optional<std::string>& subdomain) const;
  std::optional<DnsRecord> find(std::int64_t id, ZoneTime now) const;

  /// Begins to publish what is stored now. Throws ZoneRefusal (busy).
  ZoneTask refresh(std::int64_t task_id, ZoneTime now);
  /// Ends the refresh whose time has come. Every reading call below expects it to have been called for its instant.
  void advance(ZoneTime now);

  ZoneStatus status() const;
  const std::vector<ZoneTask>& tasks() const { return tasks_; }
  /// When each published version went out, oldest first.
  const std::vector<ZoneTime>& history() const { return history_; }
  /// The zone file in the layout of OVH's text mode.
  std::string export_text() const;

  /// The published records that a name server would answer for this relative name, with wildcards but without following
  /// a CNAME. Nullopt: no such name.
  std::optional<std::vector<DnsRecord>> resolve(const std::string& subdomain) const;

 private:
  struct Stored {
    DnsRecord record;
    ZoneTime created;
    ZoneTime changed;
  };
  using Names = std::map<std::string, std::vector<DnsRecord>>;

  void check(const DnsRecord& record) const;
  void check_clash(const DnsRecord& record) const;
  std::vector<DnsRecord> stored_at(const std::string& folded_name) const;
  void touch(const std::string& subdomain, ZoneTime now);
  void link(const DnsRecord& record);
  void unlink(const DnsRecord& record);
  Stored& stored(std::int64_t id);
  void publish();

  std::string name_;
  ZoneRules rules_;
  std::vector<std::string> name_servers_;
  ZoneSoa soa_;
  ZoneTime last_update_;
  std::map<std::int64_t, Stored> records_;
  std::map<std::string, std::map<std::string, std::set<std::int64_t>>> by_name_;  // folded name, then type
  Names published_;
  std::set<std::string> unrefreshed_;
  bool soa_unrefreshed_ = false;
  std::optional<Names> publishing_;  // the names that the running refresh replaces
  std::vector<ZoneTask> tasks_;
  std::vector<ZoneTime> history_;
};

}  // namespace muster::sandbox
