#include "include/CPrefetch.h"
