#include "resources/contract/blueprint.h"

namespace muster {

FieldSources Blueprint::sources(const Manifest&, std::string_view) const { return {}; }

}  // namespace muster
