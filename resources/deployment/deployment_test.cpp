#include "resources/deployment/deployment.h"

#include "tests/support/catch.h"

namespace muster::deployment {
namespace {

Value content(const std::string& path, bool is_directory, const std::string& digest) {
  return Map{{"path", path}, {"directory", is_directory}, {"size", 3}, {"sha256", digest}};
}

Manifest website() {
  Manifest manifest;
  manifest.kind = "Deployment";
  manifest.name = "website";
  manifest.spec = Map{{"server", "shop"},
                      {"image", content("/srv/web.tar.GZ", false, "11")},
                      {"package", content("/srv/web", true, "22")},
                      {"exitCodes", "usual"},
                      {"timeout", 600},
                      {"rollback", "never"}};
  return manifest;
}

Expansion expand(const Manifest& manifest) { return DeploymentBlueprint().expand(manifest, Catalog({})); }

TEST_CASE("a Deployment is one project on one server, by its digests") {
  const Expansion expansion = expand(website());
  CHECK(expansion.diagnostics.empty());
  REQUIRE(expansion.resources.size() == 1);
  const Resource& resource = expansion.resources.front();
  CHECK(resource.id.to_string() == "ipd.deployment:shop/website");
  CHECK(resource.connection.candidates == std::vector<std::string>{"IpdServer/shop"});
  CHECK(resource.wanted.string_at("project") == "website");
  CHECK(resource.wanted.string_at("image_sha256") == "11");
  CHECK(resource.wanted.string_at("package_sha256") == "22");
  CHECK(resource.wanted.at("version").is_null());
  CHECK(resource.deadline == std::chrono::minutes(10));
  CHECK(resource.lifecycle.on_failed == OnFailed::report);
}

TEST_CASE("a server on a workshop's host is reached through that host, whose address its url may hold") {
  Manifest workshop;
  workshop.kind = "Workshop";
  workshop.name = "event";
  workshop.spec = Map{{"namespace", "my-event"}};
  Manifest server;
  server.kind = "IpdServer";
  server.name = "shop";
  server.spec = Map{{"url", "http://{address}:9955/deploy"},
                    {"token", "fake"},
                    {"host", Map{{"workshop", "event"}, {"name", "anna"}}}};
  const std::vector<Manifest> manifests{workshop, server};
  const Catalog catalog(manifests);
  const Resource resource = DeploymentBlueprint().expand(website(), catalog).resources.front();
  const ResourceId machine{"openstack.server", "my-event/anna"};
  CHECK(resource.connection.candidates.empty());
  REQUIRE(resource.connection.offered);
  CHECK(resource.connection.offered->kind == "IpdServer");
  CHECK(resource.connection.offered->by == machine);
  CHECK(resource.inside == machine);
  const Value& spec = resource.connection.offered->spec;
  CHECK(spec.at("url") == Value(Hole(Text{{"http://", Hole(Ref{machine, "ipv4"}), ":9955/deploy"}})));
  CHECK(spec.at("incarnation") == Value(Hole(Ref{machine, "incarnation"})));
  CHECK(spec.string_at("name") == "shop");
  CHECK(spec.at("host").is_null());
}

TEST_CASE("a project may be called otherwise than its manifest, and what ran before be put back") {
  Manifest manifest = website();
  manifest.spec.as_map()["project"] = "www";
  manifest.spec.as_map()["rollback"] = "onFailure";
  const Resource resource = expand(manifest).resources.front();
  CHECK(resource.id.to_string() == "ipd.deployment:shop/www");
  CHECK(resource.lifecycle.on_failed == OnFailed::put_back);
}

TEST_CASE("an image that no IPD server takes is refused before anything is sent") {
  Manifest manifest = website();
  manifest.spec.as_map()["image"] = content("/srv/web.zip", false, "11");
  REQUIRE(expand(manifest).diagnostics.size() == 1);
  CHECK(expand(manifest).diagnostics[0].message == "spec.image: an IPD server takes no file called /srv/web.zip");
  manifest.spec.as_map()["image"] = content("/srv/web.tar", true, "11");
  REQUIRE(expand(manifest).diagnostics.size() == 1);
  CHECK(expand(manifest).diagnostics[0].message == "spec.image: /srv/web.tar is a directory");
}

}  // namespace
}  // namespace muster::deployment
