#pragma once

// The kinds of this folder: guest.check.

namespace muster {

class Registry;

void register_guest(Registry& registry);

}  // namespace muster
