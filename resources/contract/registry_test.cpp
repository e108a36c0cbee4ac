#include "resources/contract/registry.h"

#include "resources/contract/error.h"
#include "tests/support/catch.h"

namespace muster {
namespace {

class NamedDriver : public Driver {
 public:
  explicit NamedDriver(std::string kind) : schema_{.kind = std::move(kind), .doc = "", .fields = {Field()}} {
    schema_.fields[0].name = "size";
  }
  const Schema& schema() const override { return schema_; }
  Traits traits() const override { return {}; }
  Observation observe(Session&, const ObserveRequest&, Context&) const override { return {}; }
  Observed create(Session&, const Resource&, const Stamp&, Context&) const override { return {}; }
  Observed update(Session&, const Resource&, const Observed&, const std::vector<FieldChange>&, const Stamp&,
                  Context&) const override {
    return {};
  }
  std::optional<Observed> remove(Session&, const Observed&, Context&) const override { return std::nullopt; }

 private:
  Schema schema_;
};

class NamedBlueprint : public Blueprint {
 public:
  explicit NamedBlueprint(std::string kind) : schema_{.kind = std::move(kind), .doc = "", .fields = {}} {}
  const Schema& schema() const override { return schema_; }
  Expansion expand(const Manifest&, const Catalog&) const override { return {}; }

 private:
  Schema schema_;
};

class NamedConnection : public ConnectionKind {
 public:
  explicit NamedConnection(std::string kind) : schema_{.kind = std::move(kind), .doc = "", .fields = {}} {}
  const Schema& schema() const override { return schema_; }
  ConnectionLimits limits(const Manifest&) const override { return {}; }
  std::string login(const Manifest&, const Environment&) const override { return {}; }
  std::unique_ptr<Session> open(const Manifest&, SecretReader&, Context&) const override { return nullptr; }

 private:
  Schema schema_;
};

TEST_CASE("what was registered is found by kind and listed sorted") {
  Registry registry;
  registry.add(std::make_unique<NamedDriver>("b.thing"));
  registry.add(std::make_unique<NamedDriver>("a.thing"));
  registry.add(std::make_unique<NamedBlueprint>("Workshop"));
  registry.add(std::make_unique<NamedConnection>("Account"));
  REQUIRE(registry.driver("a.thing") != nullptr);
  CHECK(registry.driver("a.thing")->schema().find("size") != nullptr);
  CHECK(registry.driver("a.thing")->schema().find("colour") == nullptr);
  CHECK(registry.driver("c.thing") == nullptr);
  CHECK(registry.resource_kinds() == std::vector<std::string>{"a.thing", "b.thing"});
  CHECK(registry.manifest_kinds() == std::vector<std::string>{"Account", "Workshop"});
  CHECK(registry.blueprint("Account") == nullptr);
  CHECK(registry.manifest_schema("Account") == &registry.connection("Account")->schema());
  CHECK(registry.manifest_schema("Workshop") == &registry.blueprint("Workshop")->schema());
  CHECK(registry.manifest_schema("a.thing") == nullptr);
}

TEST_CASE("a kind registered twice is refused by name") {
  Registry registry;
  registry.add(std::make_unique<NamedDriver>("a.thing"));
  registry.add(std::make_unique<NamedBlueprint>("Workshop"));
  CHECK_THROWS_WITH(registry.add(std::make_unique<NamedDriver>("a.thing")), "the kind a.thing is registered twice");
  CHECK_THROWS_AS(registry.add(std::make_unique<NamedBlueprint>("Workshop")), Error);
  CHECK_THROWS_AS(registry.add(std::make_unique<NamedConnection>("Workshop")), Error);
  CHECK(registry.connection("Workshop") == nullptr);
}

TEST_CASE("a manifest points at the nearest place that is known") {
  Manifest manifest;
  manifest.origin = {"a.yaml", 1, 1, "Workshop/x"};
  manifest.marks["spec.hosts"] = {"a.yaml", 5, 3, "Workshop/x"};
  manifest.marks["spec.hosts[1]"] = {"a.yaml", 7, 5, "Workshop/x"};
  CHECK(manifest.where("spec.hosts[1]").line == 7);
  CHECK(manifest.where("spec.hosts[0]").line == 5);
  CHECK(manifest.where("spec.hosts.count").line == 5);
  CHECK(manifest.where("spec.dns").line == 1);
  CHECK(manifest.where("").line == 1);
}

TEST_CASE("a catalog finds manifests by kind and name") {
  std::vector<Manifest> manifests(3);
  manifests[0].kind = manifests[1].kind = "OvhAccount";
  manifests[2].kind = "Workshop";
  manifests[0].name = "second";
  manifests[1].name = "first";
  manifests[2].name = "first";
  const Catalog catalog(manifests);
  CHECK(catalog.find("OvhAccount", "second") == &manifests[0]);
  CHECK(catalog.find("OvhAccount", "third") == nullptr);
  CHECK(catalog.of_kind("OvhAccount") == std::vector<const Manifest*>{&manifests[1], &manifests[0]});
  CHECK(catalog.of_kind("Ovh").empty());
}

TEST_CASE("calls are counted by what they do") {
  CallCounter calls;
  calls.add("nova GET servers/detail");
  calls.add("nova GET servers/detail");
  calls.add("ovh POST zone/refresh");
  CHECK(calls.total() == 3);
  CHECK(calls.totals() ==
        std::map<std::string, std::uint64_t>{{"nova GET servers/detail", 2}, {"ovh POST zone/refresh", 1}});
}

}  // namespace
}  // namespace muster
