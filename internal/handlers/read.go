package handlers

import (
	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/period"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/phrases"
)

// handleReadPost reads a post aloud. Without a requested period, it reads the current post, or else the latest post.
func (t *turn) handleReadPost() answer { return t.withPeriod(t.readPeriod, t.readDefault) }

func (t *turn) readPeriod(p alexa.Period) answer {
	if post, ok := t.responder.Posts.Newest(period.Filter(p)); ok {
		return t.startReading(post)
	}
	return t.announceBefore(p)
}

func (t *turn) readDefault() answer {
	switch {
	case t.state.Focus == focusList && len(t.state.List.Page) == 1:
		return t.chooseByRef(t.state.List.Page[0], (*turn).choosePost)
	case t.state.Focus == focusList:
		return t.newAnswer().ask(listPrompt(t.state.Prompt))
	case t.state.Prompt == promptReadNext: // the prompt offered the next post
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

// readCurrent reads the current post.
func (t *turn) readCurrent() answer {
	if t.inSeries() {
		return t.repeatInSeries(1)
	}
	if post, ok := t.currentPost(); ok {
		return t.startReading(post)
	}
	return t.sayPostGone()
}

// sayPostGone says that a post was removed, and announces the latest.
func (t *turn) sayPostGone() answer {
	return t.say(phrases.Gone, phrases.Params{}).followedBy(t.announceLatest())
}

// startReading reads a post's title, date and first part. The card is added unless the announcement of the post already
// contained it.
func (t *turn) startReading(post feed.Post) answer {
	rendered := t.render(post)
	switch {
	case rendered.ReadFailed:
		return t.sayReadFailed().focusOn(post, focusPost)
	case len(rendered.Turns) == 0:
		return t.announce(phrases.NoText, post, phrases.Params{})
	}
	a := t.newAnswer().focusOn(post, focusText)
	if title := rendering.SpeakableTitle(post); title != "" { // a short note does not have a title
		a = a.quoteText(rendered.Voice, rendering.EndSentence(title))
	}
	if date := t.dateText(post); date != "" {
		a = a.say(phrases.From, phrases.Params{Date: date})
	}
	a = t.appendPart(a, rendered, 1)
	if !t.isAnnounced(post) {
		a.card = t.postCard(rendered)
	}
	return a
}

// isAnnounced reports whether a post is the last announced one and is not being read.
func (t *turn) isAnnounced(p feed.Post) bool {
	return t.state.Focus == focusPost && t.state.Post == refOf(p)
}

// sayReadFailed says that a post could not be read. The state does not change, so that the listener can try again.
func (t *turn) sayReadFailed() answer {
	return t.say(phrases.Trouble, phrases.Params{}).ask(promptAnythingElse)
}

// readNextPart reads what follows the last part that was heard.
func (t *turn) readNextPart() answer {
	if t.inSeries() {
		return t.goOnWithSeries()
	}
	return t.readPartAt(t.state.NextPart())
}

// readPartAt reads a part of the current post. If the post was edited since the last part, the parts differ, so the
// reading starts again. After the last part, the answer says that the post has ended.
func (t *turn) readPartAt(part int) answer {
	post, ok := t.currentPost()
	if !ok {
		return t.sayPostGone()
	}
	rendered := t.render(post)
	switch {
	case rendered.ReadFailed:
		return t.sayReadFailed()
	case len(rendered.Turns) == 0:
		return t.startReading(post)
	case rendered.Fingerprint != t.state.Text:
		return t.say(phrases.Edited, phrases.Params{}).followedBy(t.startReading(post))
	case part > len(rendered.Turns):
		return t.appendPostEnd(t.newAnswer(), post)
	}
	return t.appendPart(t.newAnswer(), rendered, part)
}

// appendPart adds a part of a post to an answer and asks whether to go on. After the last part, it calls appendPostEnd.
func (t *turn) appendPart(a answer, s *rendering.Rendered, number int) answer {
	part := s.Turns[number-1]
	a = a.addParts(speechPart{text: part.Speech(s.Voice)})
	a.directives = t.showPost(s, part.String())
	a.state.Part, a.state.Text, a.state.Unheard = number, s.Fingerprint, false
	a.state.Spoken = &reading{
		Post: refOf(s.Post), Part: number, Text: s.Fingerprint, At: t.now.Unix(), Last: number == len(s.Turns),
	}
	if number < len(s.Turns) {
		return a.ask(promptReadOn)
	}
	return t.appendPostEnd(a, s.Post)
}

// appendPostEnd says that the post has ended and offers the next post.
func (t *turn) appendPostEnd(a answer, p feed.Post) answer {
	next, ok := t.responder.Posts.Older(p, feed.Filter{})
	if !ok {
		return a.say(phrases.EndOfAll, phrases.Params{}).ask(promptAnythingElse)
	}
	rendered := t.render(next)
	name := rendering.EndSentence(t.postName(next, rendered))
	a = a.say(phrases.EndOfPost, phrases.Params{Date: t.dateText(next)}).quoteText(rendered.Voice, name)
	if len(rendered.Turns) > 0 {
		return a.ask(promptReadNext)
	}
	// The other prompts refer to the state's post, so it must be the next post.
	return a.focusOn(next, focusPost).ask(t.choosePrompt(rendered))
}

// readNextPost reads the post after the current one, even if the current one was removed.
func (t *turn) readNextPost() answer {
	if next, ok := t.responder.Posts.Older(t.anchorPost(), feed.Filter{}); ok {
		return t.startReading(next)
	}
	return t.say(phrases.NoOlder, phrases.Params{}).ask(promptAnythingElse)
}
