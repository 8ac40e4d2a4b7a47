// Package episodes plays podcast episodes: it chooses the episode and the position, and answers the requests of the device's
// player. It does not read posts aloud.
package episodes

import "lastpost/internal/handlers/conversation"

// A Dialog is one request, with the handlers that are about episodes.
type Dialog struct{ *conversation.Dialog }
