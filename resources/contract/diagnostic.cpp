#include "resources/contract/diagnostic.h"
