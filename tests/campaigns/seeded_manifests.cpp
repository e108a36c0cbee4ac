#include "tests/campaigns/seeded_manifests.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "resources/builtin.h"

namespace muster::test {
namespace {

namespace fs = std::filesystem;

/// In memory where there is such a place: a simulation commits thousands of times, and nobody cuts its power.
fs::path temporary_directory() {
  const fs::path base = fs::is_directory("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path();
  std::string pattern = (base / ("muster-seed-" + std::string(6, 'X'))).string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
  return pattern;
}

class NoVariables : public Environment {
 public:
  std::optional<std::string> get(std::string_view) const override { return std::nullopt; }
};

std::string manifest_text(const std::string& name, const SeededWorkshop& workshop) {
  return fmt::format(
      "apiVersion: muster/v1\nkind: Workshop\nmetadata: {{name: {}}}\nspec:\n  project: cloud\n"
      "  dns: {{account: dns, zone: example.com, ttl: {}}}\n  hosts: {}\n  image: {}\n  flavor: d2-2\n  tls: internal\n"
      "  lifecycle: {{replace: now}}\n",
      name, workshop.ttl, workshop.hosts, workshop.newer_image ? "Ubuntu 24.04" : "Debian 12");
}

}  // namespace

std::vector<SeededWorkshop> workshop_choices() {
  std::vector<SeededWorkshop> choices{{}};
  for (const int hosts : {1, 2}) {
    for (const bool newer_image : {false, true}) {
      for (const int ttl : {60, 300}) choices.push_back({hosts, newer_image, ttl});
    }
  }
  return choices;
}

SeededManifests::SeededManifests() : directory_(temporary_directory()), registry_(builtin_registry()) {
  const std::vector<SeededWorkshop> choices = workshop_choices();
  for (const SeededWorkshop& alpha : choices) {
    for (const SeededWorkshop& beta : choices) read({alpha, beta});
  }
}
SeededManifests::~SeededManifests() { fs::remove_all(directory_); }

void SeededManifests::read(const SeededWish& wish) {
  const fs::path files = directory_ / "manifests";
  fs::create_directory(files);
  std::ofstream(files / "fleet.yaml") << fmt::format(
      "apiVersion: muster/v1\nkind: Fleet\nmetadata: {{name: seeded}}\nspec: {{uid: {}}}\n---\n"
      "apiVersion: muster/v1\nkind: OpenStackProject\nmetadata: {{name: cloud}}\nspec: {{}}\n---\n"
      "apiVersion: muster/v1\nkind: OvhAccount\nmetadata: {{name: dns}}\nspec: {{zones: [example.com]}}\n",
      seeded_fleet_uid);
  for (std::size_t i = 0; i < wish.size(); ++i) {
    if (wish[i].hosts == 0) continue;
    const std::string name = seeded_workshops[i];
    std::ofstream(files / (name + ".yaml")) << manifest_text(name, wish[i]);
  }
  const NoVariables environment;
  Redactor redactor;
  manifests::Secrets secrets(environment, redactor);
  manifests::Load load = manifests::load({files.string()}, registry_, secrets);
  fs::remove_all(files);
  if (!load.ok()) throw std::runtime_error(load.diagnostics.front().message);
  loads_.emplace(wish, std::move(load));
}

}  // namespace muster::test
