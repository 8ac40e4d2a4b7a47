package handlers

import (
	"time"

	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// handleNext goes to the next older episode if one is played, else to the next page of a list, else to the next older
// post.
func (t *turn) handleNext() answer {
	switch {
	case t.isAboutEpisode():
		return t.skipEpisode(t.nextEpisodes)
	case t.state.Prompt == promptList:
		return t.restartList()
	case t.inSeries():
		return t.skipInSeries()
	case t.state.Focus == focusList:
		return t.nextPage()
	case t.state.Prompt == promptReadNext: // "the next post" was just named
		return t.readNextPost()
	}
	return t.announceOlder()
}

// handlePrevious goes to the next newer episode, the previous page, or the next newer post.
func (t *turn) handlePrevious() answer {
	switch {
	case t.isAboutEpisode():
		return t.skipEpisode(t.previousEpisodes)
	case t.inSeries():
		return t.backInSeries()
	case t.state.Focus == focusList:
		return t.previousPage()
	}
	return t.announceNeighbour(t.responder.Posts.Newer, phrases.Newer, phrases.NoNewer)
}

// announceOlder announces the next older post.
func (t *turn) announceOlder() answer {
	return t.announceNeighbour(t.responder.Posts.Older, phrases.Older, phrases.NoOlder)
}

// handleResume goes on with the text or the list, even if other requests came in between. Otherwise it goes on where the
// listener stopped reading in an earlier session, or with an interrupted episode.
func (t *turn) handleResume() answer {
	switch {
	case t.state.Prompt == promptList:
		return t.restartList()
	case t.state.Prompt == promptReadNext:
		return t.readNextPost()
	case t.state.Focus == focusText:
		return t.readNextPart()
	case t.state.Focus == focusList:
		return t.nextPage()
	}
	if a, ok := t.resumeReading(); ok {
		return a
	}
	return t.resumeInterrupted()
}

// A step is Posts.Older or Posts.Newer: it returns the nearest post in one direction that a filter selects.
type step = func(feed.Post, feed.Filter) (feed.Post, bool)

// announceNeighbour announces the nearest post in one direction. Without a current post, it announces the latest post.
func (t *turn) announceNeighbour(to step, message, none phrases.Message) answer {
	if t.state.Post == "" {
		return t.announceLatest()
	}
	neighbour, ok := to(t.anchorPost(), feed.Filter{})
	if !ok {
		return t.say(none, phrases.Params{}).ask(promptAnythingElse)
	}
	a := t.announce(message, neighbour, phrases.Params{})
	a.left = true
	return a
}

// anchorPost returns the current post. If the post was removed, the result has only the publication time, which is
// enough to find the neighbours.
func (t *turn) anchorPost() feed.Post {
	if post, ok := t.currentPost(); ok {
		return post
	}
	second, _, _ := t.state.Post.Decode() // decodeState rejects malformed refs
	return feed.Post{Published: time.Unix(second, 0)}
}

// handleRepeat repeats the last answer.
func (t *turn) handleRepeat() answer {
	switch {
	case t.state.Prompt == promptWhere:
		return t.askWhereAgain()
	case t.isAboutEpisode():
		return t.restartEpisode()
	case t.state.Prompt == promptList:
		return t.offerList(*t.state.List)
	case t.state.Focus == focusList:
		return t.goToPage(t.state.List.Offset, t.sayPostGone)
	case t.inSeries():
		return t.repeatInSeries(t.state.Part)
	case t.state.Focus == focusText:
		return t.readPartAt(t.state.Part)
	}
	return t.announceCurrent()
}

// announceCurrent announces the current post again, or the latest post if the conversation is not about a post.
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

// handleStartOver restarts the episode, the list, or the post being read. Otherwise it announces the latest post.
func (t *turn) handleStartOver() answer {
	switch {
	case t.state.Prompt == promptWhere:
		return t.playFromBeginning()
	case t.isAboutEpisode():
		return t.restartEpisode()
	case t.state.Focus == focusList:
		return t.restartList()
	case t.state.Focus == focusText:
		return t.readCurrent()
	}
	return t.announceLatest()
}
