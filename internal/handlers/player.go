package handlers

import (
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// resumeInterrupted handles AMAZON.ResumeIntent. It goes on with the last episode, even of an earlier session or another
// device, or with the current post. Alexa also sends "go on" and "continue" as this intent. So the intent counts as a yes to
// the last prompt, unless a yes would restart a paused episode.
func (t *turn) resumeInterrupted() conversation.Answer {
	post, ok := t.LastEpisode()
	paused := ok && t.State.Prompt == conversation.PromptPlay && t.State.Post == session.RefOf(post)
	if t.State.Focus != session.FocusNone && !paused {
		return t.handleYes()
	}
	player, _ := t.PlayerState()
	if !ok || player.Activity == "FINISHED" {
		if a, stopped := t.ResumeElsewhere(); stopped {
			return a
		}
	}
	if ok {
		return t.ResumeEpisode(post)
	}
	return t.Say(phrases.NothingToResume, phrases.Params{}).FollowedBy(t.AnnounceLatest())
}
