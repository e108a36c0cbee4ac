#pragma once

// The blueprints of this folder: Workshop.

namespace muster {

class Registry;

void register_workshop(Registry& registry);

}  // namespace muster
