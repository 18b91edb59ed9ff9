#pragma once

#include <flatpak.h>
