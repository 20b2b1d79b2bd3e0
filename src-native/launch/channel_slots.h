// Low descriptors that are reserved when the addon is first used. A child copies Node's table of descriptors only up to its end of the
// channel (child.c). If many files are open, that end is therefore moved to one of these numbers.
#pragma once

namespace namespawn {

// Does so once, and again after GiveChannelSlotsBack(). Does nothing if descriptors are scarce.
void ReserveChannelSlots();
// Closes the slots that no channel uses. The others are closed with their channels. Returns whether there were any.
bool GiveChannelSlotsBack();
// Takes the ownership of a descriptor. Returns a low one, or the same if it is low already or no slot is free.
int MoveToChannelSlot(int fd);
// Closes a descriptor that MoveToChannelSlot has returned.
void CloseChannelSlot(int fd);

}  // namespace namespawn
