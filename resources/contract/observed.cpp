#include "resources/contract/observed.h"
