#include "include/CGRPC.h"
