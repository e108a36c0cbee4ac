#include "resources/contract/driver.h"
