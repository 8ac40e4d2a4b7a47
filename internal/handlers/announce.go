package handlers

import (
	"lastpost/internal/handlers/conversation"
)

// handleLastPost announces the latest post, or the latest post of the requested period.
func (t *turn) handleLastPost() conversation.Answer {
	return t.WithPeriod(t.AnnouncePeriod, t.AnnounceLatest)
}
