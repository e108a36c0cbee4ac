#include "resources/contract/registry.h"
#include "resources/contract/blueprint.h"
