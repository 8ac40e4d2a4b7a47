package handlers

import (
	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// handleReadPost reads a post aloud: the newest of the period that was asked for, else the one that the conversation is about,
// else the latest.
func (t *turn) handleReadPost() answer { return t.withPeriod(t.readPeriod, t.readDefault) }

func (t *turn) readPeriod(period alexa.Period) answer {
	if post, ok := t.responder.Posts.Newest(periodFilter(period)); ok {
		return t.startReading(post)
	}
	return t.announceBefore(period)
}

func (t *turn) readDefault() answer {
	switch {
	case t.state.Focus == focusList && len(t.state.List.Page) == 1:
		return t.chooseByRef(t.state.List.Page[0])
	case t.state.Focus == focusList:
		return t.newAnswer().ask(t.state.Prompt.listPrompt())
	case t.state.Prompt == promptReadNext: // it is what was just offered
		return t.readNextPost()
	case t.state.Post != "":
		return t.readCurrent()
	}
	post, ok := t.latestPost()
	if !ok {
		return t.sayNoPosts()
	}
	return t.startReading(post)
}

// readCurrent reads the post that was just offered.
func (t *turn) readCurrent() answer {
	if post, ok := t.currentPost(); ok {
		return t.startReading(post)
	}
	return t.sayPostGone()
}

// sayPostGone is for a post that was kept a moment ago, and is no more.
func (t *turn) sayPostGone() answer {
	return t.say(phrases.Gone, phrases.Params{}).followedBy(t.announceLatest())
}

// startReading begins to read a post: what it is, and its first part. Its card was shown when it was named.
func (t *turn) startReading(post feed.Post) answer {
	story := t.render(post)
	switch {
	case story.readFailed:
		return t.sayReadFailed().focusOn(post, focusPost)
	case len(story.turns) == 0:
		return t.announce(phrases.NoText, post, phrases.Params{})
	}
	a := t.newAnswer().focusOn(post, focusText).quoteText(story.voice, endSentence(t.titleText(post))).say(phrases.From, phrases.Params{Date: t.dateText(post)})
	a = t.appendPart(a, story, 1)
	if !t.isAnnounced(post) {
		a.card = t.postCard(story)
	}
	return a
}

// isAnnounced reports whether a post is the one that was named last, and is not being read.
func (t *turn) isAnnounced(p feed.Post) bool {
	return t.state.Focus == focusPost && t.state.Post == refOf(p)
}

// sayReadFailed is for a post that the archive has and does not give. The listener may try again from the same place.
func (t *turn) sayReadFailed() answer {
	return t.say(phrases.Trouble, phrases.Params{}).ask(promptAnythingElse)
}

// readNextPart reads the part after the one that was read last.
func (t *turn) readNextPart() answer { return t.readPartAt(t.state.Part + 1) }

// readPartAt reads a part of the post that is being read. Where the post was edited since, its parts are others: it begins
// again. Where the part was the last one, the post is at its end.
func (t *turn) readPartAt(part int) answer {
	post, ok := t.currentPost()
	if !ok {
		return t.sayPostGone()
	}
	story := t.render(post)
	switch {
	case story.readFailed:
		return t.sayReadFailed()
	case len(story.turns) == 0:
		return t.startReading(post)
	case story.fingerprint != t.state.Text:
		return t.say(phrases.Edited, phrases.Params{}).followedBy(t.startReading(post))
	case part > len(story.turns):
		return t.appendPostEnd(t.newAnswer(), post)
	}
	return t.appendPart(t.newAnswer(), story, part)
}

// appendPart goes on with one part of the post that a is about, and asks whether to go on; behind the last one it says that
// this was the end.
func (t *turn) appendPart(a answer, s *renderedPost, number int) answer {
	read := s.turns[number-1]
	a = a.addParts(speechPart{text: read.Speech(s.voice)})
	a.directives = t.showPost(s, read.String())
	a.state.Part, a.state.Text = number, s.fingerprint
	if number < len(s.turns) {
		return a.ask(promptReadOn)
	}
	return t.appendPostEnd(a, s.Post)
}

// appendPostEnd goes on with that a post is at its end, and offers the next.
func (t *turn) appendPostEnd(a answer, p feed.Post) answer {
	next, ok := t.responder.Posts.Older(p, feed.Filter{})
	if !ok {
		return a.say(phrases.EndOfAll, phrases.Params{}).ask(promptAnythingElse)
	}
	story := t.render(next)
	a = a.say(phrases.EndOfPost, phrases.Params{Date: t.dateText(next)}).quoteText(story.voice, endSentence(t.postName(next, story)))
	if len(story.turns) > 0 {
		return a.ask(promptReadNext)
	}
	return a.focusOn(next, focusPost).ask(t.choosePrompt(story)) // what else it offers is about itself
}

// readNextPost reads the post after the one that was read, also where that one is kept no more.
func (t *turn) readNextPost() answer {
	if next, ok := t.responder.Posts.Older(t.anchorPost(), feed.Filter{}); ok {
		return t.startReading(next)
	}
	return t.say(phrases.NoOlder, phrases.Params{}).ask(promptAnythingElse)
}
