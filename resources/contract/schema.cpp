#include "resources/contract/schema.h"
