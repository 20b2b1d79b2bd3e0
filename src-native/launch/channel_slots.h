// Low descriptors, reserved when the addon is first used. A child copies Node's table only up to its end of the channel
// (child.c), so with many files open that end is moved down to one of these.
#pragma once

namespace namespawn {

// Where there is room, and once: until they are given back.
void ReserveChannelSlots();
// Closes those that no channel has; those that one has are closed with it. Answers whether there were any.
bool GiveChannelSlotsBack();
// Takes over the descriptor; answers a low one, or the same where it is low already or none is free.
int MoveToChannelSlot(int fd);
// Closes what MoveToChannelSlot answered.
void CloseChannelSlot(int fd);

}  // namespace namespawn
