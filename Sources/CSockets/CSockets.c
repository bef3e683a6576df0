#include "include/CSockets.h"
