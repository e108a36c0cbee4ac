#include "resources/contract/context.h"
