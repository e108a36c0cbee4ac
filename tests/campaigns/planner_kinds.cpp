#include "tests/campaigns/planner_kinds.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "reconciler/plan/pure_driver_for_test.h"

namespace muster::campaign {
namespace {

using plan::testing::PureDriver;

class FlushedDriver : public PureDriver {
 public:
  using PureDriver::PureDriver;
  std::string flush_kind() const override { return "test.zone"; }
  std::optional<ResourceId> flushed_by(const ResourceId& id) const override {
    return ResourceId{"test.zone", zone_of(id.name)};
  }
};

class RecordDriver final : public FlushedDriver {
 public:
  using FlushedDriver::FlushedDriver;
  std::chrono::seconds lingers(const Value& attributes) const override {
    return std::chrono::seconds(attributes.at("ttl").is_null() ? 60 : attributes.at("ttl").as_int());
  }
};

Field create_time(const char* name) {
  return {.name = name, .compare = Compare::create_time, .mutability = Mutability::immutable};
}

Field immutable(const char* name) { return {.name = name, .mutability = Mutability::immutable}; }

Field born(const char* name) { return {.name = name, .computed = Computed::born}; }

Traits here(bool stampable) {
  Traits traits;
  traits.connection_kind = "TestCloud";
  traits.stampable = stampable;
  return traits;
}

std::unique_ptr<Driver> mark() {
  Traits traits = here(false);
  traits.is_mark = true;
  return std::make_unique<FlushedDriver>(Schema{"test.mark", "Says whose a zone is.", {{.name = "zone"}}}, traits);
}

std::unique_ptr<Driver> host() {
  Traits traits = here(true);
  traits.coexists = true;
  Schema schema{"test.host",
                "A host.",
                {create_time("image"),
                 immutable("size"),
                 {.name = "tags", .type = Type::set, .fields = {{.name = "tag"}}},
                 born("address")}};
  return std::make_unique<PureDriver>(std::move(schema), traits);
}

std::unique_ptr<Driver> volume() {
  Schema schema{
      "test.volume", "A volume.", {create_time("source"), immutable("format"), {.name = "size"}, born("path")}};
  return std::make_unique<PureDriver>(std::move(schema), here(true));
}

std::unique_ptr<Driver> record() {
  Schema schema{"test.record",
                "A record.",
                {{.name = "targets", .type = Type::set, .fields = {{.name = "target"}}},
                 {.name = "ttl", .type = Type::integer, .default_value = 60}}};
  return std::make_unique<RecordDriver>(std::move(schema), here(false));
}

std::unique_ptr<Driver> site() {
  Schema schema{"test.site", "A site.", {immutable("engine"), {.name = "root"}}};
  return std::make_unique<PureDriver>(std::move(schema), here(false));
}

std::unique_ptr<Driver> file() {
  Traits traits;
  traits.connection_kind = "Host";
  traits.stampable = false;
  return std::make_unique<PureDriver>(Schema{"test.file", "A file.", {{.name = "content"}}}, traits);
}

std::unique_ptr<Driver> check() {
  Traits traits;
  traits.stampable = false;
  traits.pure_check = true;
  return std::make_unique<PureDriver>(Schema{"test.check", "A check.", {{.name = "host"}, {.name = "incarnation"}}},
                                      traits);
}

Registry all_kinds() {
  Registry registry;
  for (auto* make : {mark, volume, host, record, site, file, check}) registry.add(make());
  return registry;
}

}  // namespace

const Registry& planner_registry() {
  static const Registry registry = all_kinds();
  return registry;
}

std::string zone_of(const std::string& name) { return name.substr(name.find('.') + 1); }

}  // namespace muster::campaign
