#include "resources/contract/resource.h"
