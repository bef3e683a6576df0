/// The edge of libyaml: its header as it is, imported by `Configuration` only.
#ifndef CYAML_H
#define CYAML_H
#include <sys/types.h>
#include <yaml.h>
#endif
