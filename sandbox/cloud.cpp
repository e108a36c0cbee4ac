#include "sandbox/cloud.h"

#include <algorithm>

namespace muster::sandbox {
namespace {

std::string keystone_id(Random& random) { return random.hex(32); }

template <typename Thing>
const Thing* with_id(const std::vector<Thing>& things, const std::string& id) {
  const auto found = std::find_if(things.begin(), things.end(), [&](const Thing& thing) { return thing.id == id; });
  return found == things.end() ? nullptr : &*found;
}

}  // namespace

Cloud::Cloud(World& world)
    : user_id(keystone_id(world.random)),
      project_id(keystone_id(world.random)),
      owner_project_id(keystone_id(world.random)),
      network_id(world.random.uuid()),
      subnet_v4_id(world.random.uuid()),
      subnet_v6_id(world.random.uuid()),
      founded(world.clock()) {
  other_project_id.assign(project_id.rbegin(), project_id.rend());
  // No host can hold "nofit": its servers go to ERROR.
  flavors = {{"", "d2-2", 1, 2000, 25},    {"", "d2-4", 2, 4000, 50}, {"", "s1-2", 1, 2000, 10},
             {"", "s1-4", 1, 4000, 20},    {"", "s1-8", 2, 8000, 40}, {"", "b2-7", 2, 7000, 50},
             {"", "b2-15", 4, 15000, 100}, {"", "c2-7", 2, 7000, 50}, {"", "r2-15", 2, 15000, 50},
             {"", "nofit", 4000, 4000, 10}};
  for (Flavor& flavor : flavors) flavor.id = world.random.uuid();
  std::sort(flavors.begin(), flavors.end(), [](const auto& left, const auto& right) { return left.id < right.id; });
  const auto linux_image = [](const char* name, const char* distro, const char* version) {
    return Image{"", name, 0, {{"os_distro", distro}, {"os_version", version}, {"image_original_user", distro}},
                 {}, {}};
  };
  images = {Image{"", "Windows Server 2022", 50, {{"os_distro", "windows"}, {"os_type", "windows"}}, {}, {}},
            linux_image("Ubuntu 24.04", "ubuntu", "24.04"), linux_image("Debian 12", "debian", "12"),
            linux_image("Debian 11", "debian", "11"), linux_image("Debian 11", "debian", "11")};
  Time created = founded;
  for (Image& image : images) {
    image.id = world.random.uuid();
    image.content_sha512 = world.random.hex(128);
    image.created = created;
    created -= std::chrono::seconds(1);
  }
}

const Flavor* Cloud::flavor(const std::string& id) const { return with_id(flavors, id); }
const Image* Cloud::image(const std::string& id) const { return with_id(images, id); }

const std::string* Cloud::project(const std::string& id) const {
  if (id == project_id) return &project_name;
  return id == other_project_id ? &other_project_name : nullptr;
}

}  // namespace muster::sandbox
