#pragma once

#include <ostree.h>
