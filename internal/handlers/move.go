package handlers

import (
	"lastpost/internal/feed"
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// handleNext goes to the next older episode if one is played, else to the next page of a list, else to the next older
// post.
func (t *turn) handleNext() conversation.Answer {
	switch {
	case t.IsAboutEpisode():
		return t.SkipEpisode(t.NextEpisodes)
	case t.State.Prompt == conversation.PromptList:
		return t.restartList()
	case t.inSeries():
		return t.skipInSeries()
	case t.State.Focus == session.FocusList:
		return t.nextPage()
	case t.State.Prompt == conversation.PromptReadNext: // "the next post" was just named
		return t.readNextPost()
	}
	return t.announceOlder()
}

// handlePrevious goes to the next newer episode, the previous page, or the next newer post.
func (t *turn) handlePrevious() conversation.Answer {
	switch {
	case t.IsAboutEpisode():
		return t.SkipEpisode(t.PreviousEpisodes)
	case t.inSeries():
		return t.backInSeries()
	case t.State.Focus == session.FocusList:
		return t.previousPage()
	}
	return t.announceNeighbour(t.Env.Posts.Newer, phrases.Newer, phrases.NoNewer)
}

// announceOlder announces the next older post.
func (t *turn) announceOlder() conversation.Answer {
	return t.announceNeighbour(t.Env.Posts.Older, phrases.Older, phrases.NoOlder)
}

// handleResume goes on with the text or the list, even if other requests came in between. Otherwise it goes on where the
// listener stopped reading in an earlier session, or with an interrupted episode.
func (t *turn) handleResume() conversation.Answer {
	switch {
	case t.State.Prompt == conversation.PromptList:
		return t.restartList()
	case t.State.Prompt == conversation.PromptReadNext:
		return t.readNextPost()
	case t.State.Focus == session.FocusText:
		return t.readNextPart()
	case t.State.Focus == session.FocusList:
		return t.nextPage()
	}
	if a, ok := t.resumeReading(); ok {
		return a
	}
	return t.resumeInterrupted()
}

// announceNeighbour announces the nearest post in one direction. Without a current post, it announces the latest post.
func (t *turn) announceNeighbour(to conversation.Direction, message, none phrases.Message) conversation.Answer {
	if t.State.Post == "" {
		return t.AnnounceLatest()
	}
	neighbour, ok := to(t.AnchorPost(), feed.Filter{})
	if !ok {
		return t.Say(none, phrases.Params{}).Ask(conversation.PromptAnythingElse)
	}
	a := t.Announce(message, neighbour, phrases.Params{})
	a.Left = true
	return a
}

// handleRepeat repeats the last answer.
func (t *turn) handleRepeat() conversation.Answer {
	switch {
	case t.State.Prompt == conversation.PromptWhere:
		return t.AskWhereAgain()
	case t.IsAboutEpisode():
		return t.RestartEpisode()
	case t.State.Prompt == conversation.PromptList:
		return t.offerList(*t.State.List)
	case t.State.Focus == session.FocusList:
		return t.goToPage(t.State.List.Offset, t.SayPostGone)
	case t.inSeries():
		return t.repeatInSeries(t.State.Part)
	case t.State.Focus == session.FocusText:
		return t.readPartAt(t.State.Part)
	}
	return t.AnnounceCurrent()
}

// handleStartOver restarts the episode, the list, or the post being read. Otherwise it announces the latest post.
func (t *turn) handleStartOver() conversation.Answer {
	switch {
	case t.State.Prompt == conversation.PromptWhere:
		return t.PlayFromBeginning()
	case t.IsAboutEpisode():
		return t.RestartEpisode()
	case t.State.Focus == session.FocusList:
		return t.restartList()
	case t.State.Focus == session.FocusText:
		return t.readCurrent()
	}
	return t.AnnounceLatest()
}

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
