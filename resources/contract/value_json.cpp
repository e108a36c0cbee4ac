#include "resources/contract/value.h"
