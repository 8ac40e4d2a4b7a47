package handlers

import (
	"time"

	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// handleNext goes on to what is next of what the conversation is about: the next older episode while one is played, the next
// page of a list, the next older post.
func (t *turn) handleNext() answer {
	switch {
	case t.isAboutEpisode():
		return t.skipEpisode(t.responder.Posts.Older, phrases.NoOlderEpisode)
	case t.state.Focus == focusList:
		return t.nextPage()
	case t.state.Prompt == promptReadNext: // "the next post" was just named
		return t.readNextPost()
	}
	return t.announceOlder()
}

// handlePrevious goes back likewise: previous is newer.
func (t *turn) handlePrevious() answer {
	switch {
	case t.isAboutEpisode():
		return t.skipEpisode(t.responder.Posts.Newer, phrases.NoNewerEpisode)
	case t.state.Focus == focusList:
		return t.previousPage()
	}
	return t.announceNeighbour(t.responder.Posts.Newer, phrases.Newer, phrases.NoNewer)
}

// announceOlder goes to the next older post.
func (t *turn) announceOlder() answer {
	return t.announceNeighbour(t.responder.Posts.Older, phrases.Older, phrases.NoOlder)
}

// handleResume is for "continue": on with the text or the list, also where something else was asked meanwhile.
func (t *turn) handleResume() answer {
	switch {
	case t.state.Prompt == promptReadNext:
		return t.readNextPost()
	case t.state.Focus == focusText:
		return t.readNextPart()
	case t.state.Focus == focusList:
		return t.nextPage()
	}
	return t.resumeInterrupted()
}

// A step goes from a post to the nearest one in a direction that a filter selects.
type step = func(feed.Post, feed.Filter) (feed.Post, bool)

// announceNeighbour goes from the post that the conversation is about to a neighbour. Where it is about none yet, it begins.
func (t *turn) announceNeighbour(to step, message, none phrases.Message) answer {
	if t.state.Post == "" {
		return t.announceLatest()
	}
	neighbour, ok := to(t.anchorPost(), feed.Filter{})
	if !ok {
		return t.say(none, phrases.Params{}).ask(promptAnythingElse)
	}
	return t.announce(message, neighbour, phrases.Params{})
}

// anchorPost gives the post that the conversation is about; where it is kept no more, its instant, which has neighbours too.
func (t *turn) anchorPost() feed.Post {
	if post, ok := t.currentPost(); ok {
		return post
	}
	second, _, _ := t.state.Post.decode() // a place has no refs but those
	return feed.Post{Published: time.Unix(second, 0)}
}

// handleRepeat says again what was said last.
func (t *turn) handleRepeat() answer {
	switch {
	case t.isAboutEpisode():
		return t.restartEpisode()
	case t.state.Focus == focusList:
		return t.goToPage(t.state.List.Offset, t.sayPostGone)
	case t.state.Focus == focusText:
		return t.readPartAt(t.state.Part)
	}
	return t.announceCurrent()
}

// announceCurrent names the post that the conversation is about once more, or the latest where it is about none yet.
func (t *turn) announceCurrent() answer {
	post, kept := t.currentPost()
	latest, _ := t.latestPost()
	switch {
	case t.state.Post != "" && !kept:
		return t.sayPostGone()
	case post.ID == latest.ID || !kept:
		return t.announceLatest()
	}
	return t.announce(phrases.ThePost, post, phrases.Params{})
}

// handleStartOver begins again: the episode, the list, the post that is being read, or else with the latest.
func (t *turn) handleStartOver() answer {
	switch {
	case t.isAboutEpisode():
		return t.restartEpisode()
	case t.state.Focus == focusList:
		return t.restartList()
	case t.state.Focus == focusText:
		return t.readCurrent()
	}
	return t.announceLatest()
}
