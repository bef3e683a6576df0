/// The edge of CYAML.
#ifndef CYAML_H
#define CYAML_H
#include <sys/types.h>
#endif
