#pragma once

// The calls on one zone, with OVH's habits dealt with: whole reads in few calls, unstable ids, answers that differ.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "resources/contract/context.h"
#include "resources/ovh/record.h"
#include "resources/ovh/session.h"

namespace muster::ovh {

struct ZoneStatus {
  bool deployed = false;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

/// Holds references only: lives on the stack of one verb. Every call throws as Client::call does.
class ZoneApi {
 public:
  ZoneApi(OvhSession& session, std::string zone, Context& context);

  const std::string& zone() const { return zone_; }
  OvhSession& session() { return session_; }

  /// Everything in the zone: one call where the key may export, else one for the ids and one per 50 records, else one
  /// per record. Never part of a zone: throws instead.
  RRsets read_all();
  /// All records at exactly `name`, of all types, with their present ids: one call, two when there are any.
  std::vector<ZoneRecord> read_name(const std::string& name);

  /// Not idempotent.
  void create(const ZoneRecord& record);
  /// `record`: id, type, target and ttl as they shall be. False when the id is gone: ids change behind us.
  bool put(const ZoneRecord& record);
  bool remove(std::int64_t id);

  /// Asks for publication; false when a task of this kind runs already.
  bool refresh();
  /// Nothing when the key has no right to ask.
  std::optional<ZoneStatus> status();

 private:
  std::string path(const std::string& below) const;
  std::optional<std::vector<ZoneRecord>> export_all();
  std::vector<ZoneRecord> list(const std::string& query);
  std::vector<std::int64_t> ids(const std::string& query);
  std::vector<ZoneRecord> read_ids(const std::vector<std::int64_t>& ids);
  bool read_batch(const std::vector<std::int64_t>& ids, std::vector<ZoneRecord>& found);
  void read_singly(const std::vector<std::int64_t>& ids, std::vector<ZoneRecord>& found);

  OvhSession& session_;
  const std::string zone_;
  Context& context_;
};

}  // namespace muster::ovh
