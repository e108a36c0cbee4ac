#include "resources/contract/secret.h"
