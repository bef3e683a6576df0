// The header is all there is; a target needs one source file.
#include "include/CDigits.h"
