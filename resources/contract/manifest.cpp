#include "resources/contract/manifest.h"
