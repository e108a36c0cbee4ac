#pragma once

#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sandbox/http_message.h"
#include "sandbox/ovh_options.h"
#include "sandbox/world.h"
#include "sandbox/zone.h"

namespace muster::sandbox {

/// The zones of one account and the calls below /domain/zone. Each call expects the parameters {zone} and {id} of its
/// route and an authorized request; throws OvhRefusal or ZoneRefusal. Safe from any thread.
///
/// In the ledger records made through the API are of kind "record"; those of a fresh zone and those that the control
/// service added are "foreign-record"; a publication is a change of kind "zone".
class OvhZones {
 public:
  /// Options and world outlive the object.
  OvhZones(const OvhOptions& options, World& world);

  Response list();
  Response show(const Request& request);
  Response status(const Request& request);
  Response records(const Request& request);
  Response create_record(const Request& request);
  Response record(const Request& request);
  Response update_record(const Request& request);
  Response remove_record(const Request& request);
  Response refresh(const Request& request);
  Response soa(const Request& request);
  Response update_soa(const Request& request);
  Response export_text(const Request& request);
  Response dnssec(const Request& request);
  Response set_dnssec(const Request& request, bool enabled);
  Response tasks(const Request& request);
  Response task(const Request& request);
  Response history(const Request& request);

  /// The addresses that public DNS answers for a host name: published records only, CNAMEs followed. Empty when the
  /// name exists without an address, nullopt when it does not exist.
  std::optional<std::vector<std::string>> addresses(const std::string& host_name);

  /// Adds a record behind the client's back and publishes the zone unless `publish` is false; returns its id.
  std::int64_t add_foreign(const std::string& zone, const DnsRecord& record, bool publish);
  void remove_foreign(const std::string& zone, std::int64_t id, bool publish);
  void renumber(const std::string& zone);

 private:
  struct Dnssec {
    bool enabled = false;
    Time since;
  };

  /// The zone, its running refresh ended if it is time. The lock must be held. Throws OvhRefusal.
  Zone& open(const std::string& name);
  Response batch(Zone& zone, const std::string& ids, const std::string& separator);
  const char* ledger_kind(std::int64_t id) const;
  void publish(Zone& zone);
  void drop(Zone& zone, std::int64_t id);
  Response written() const;

  const OvhOptions& options_;
  World& world_;
  std::mutex mutex_;
  std::int64_t next_id_;
  std::int64_t next_task_id_ = 310001;
  std::map<std::string, Zone> zones_;
  std::map<std::string, Dnssec> dnssec_;
  std::set<std::int64_t> foreign_ids_;
};

}  // namespace muster::sandbox
