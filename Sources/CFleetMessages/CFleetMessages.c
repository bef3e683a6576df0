#include "include/CFleetMessages.h"
