package handlers

import (
	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/period"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// handleReadPost reads a post aloud. Without a requested period, it reads the current post, or else the latest post.
func (t *turn) handleReadPost() conversation.Answer { return t.WithPeriod(t.readPeriod, t.readDefault) }

func (t *turn) readPeriod(p alexa.Period) conversation.Answer {
	if post, ok := t.Env.Posts.Newest(period.Filter(p)); ok {
		return t.startReading(post)
	}
	return t.AnnounceBefore(p)
}

func (t *turn) readDefault() conversation.Answer {
	switch {
	case t.State.Focus == session.FocusList && len(t.State.List.Page) == 1:
		return t.chooseByRef(t.State.List.Page[0], (*turn).choosePost)
	case t.State.Focus == session.FocusList:
		return t.NewAnswer().Ask(conversation.ListPrompt(t.State.Prompt))
	case t.State.Prompt == conversation.PromptReadNext: // the prompt offered the next post
		return t.readNextPost()
	case t.State.Post != "":
		return t.readCurrent()
	}
	post, ok := t.LatestPost()
	if !ok {
		return t.SayNoPosts()
	}
	return t.startReading(post)
}

// readCurrent reads the current post.
func (t *turn) readCurrent() conversation.Answer {
	if t.inSeries() {
		return t.repeatInSeries(1)
	}
	if post, ok := t.CurrentPost(); ok {
		return t.startReading(post)
	}
	return t.SayPostGone()
}

// startReading reads a post's title, date and first part. The card is added unless the announcement of the post already
// contained it.
func (t *turn) startReading(post feed.Post) conversation.Answer {
	rendered := t.Render(post)
	switch {
	case rendered.ReadFailed:
		return t.SayReadFailed().FocusOn(post, session.FocusPost)
	case len(rendered.Turns) == 0:
		return t.Announce(phrases.NoText, post, phrases.Params{})
	}
	a := t.NewAnswer().FocusOn(post, session.FocusText)
	if title := rendering.SpeakableTitle(post); title != "" { // a short note does not have a title
		a = a.QuoteText(rendered.Voice, rendering.EndSentence(title))
	}
	if date := t.DateText(post); date != "" {
		a = a.Say(phrases.From, phrases.Params{Date: date})
	}
	a = t.appendPart(a, rendered, 1)
	if !t.IsAnnounced(post) {
		a.Card = t.PostCard(rendered)
	}
	return a
}

// readNextPart reads what follows the last part that was heard.
func (t *turn) readNextPart() conversation.Answer {
	if t.inSeries() {
		return t.goOnWithSeries()
	}
	return t.readPartAt(t.State.NextPart())
}

// readPartAt reads a part of the current post. If the post was edited since the last part, the parts differ, so the
// reading starts again. After the last part, the answer says that the post has ended.
func (t *turn) readPartAt(part int) conversation.Answer {
	post, ok := t.CurrentPost()
	if !ok {
		return t.SayPostGone()
	}
	rendered := t.Render(post)
	switch {
	case rendered.ReadFailed:
		return t.SayReadFailed()
	case len(rendered.Turns) == 0:
		return t.startReading(post)
	case rendered.Fingerprint != t.State.Text:
		return t.Say(phrases.Edited, phrases.Params{}).FollowedBy(t.startReading(post))
	case part > len(rendered.Turns):
		return t.AppendPostEnd(t.NewAnswer(), post)
	}
	return t.appendPart(t.NewAnswer(), rendered, part)
}

// appendPart adds a part of a post to an answer and asks whether to go on. After the last part, it calls AppendPostEnd.
func (t *turn) appendPart(a conversation.Answer, s *rendering.Rendered, number int) conversation.Answer {
	part := s.Turns[number-1]
	a = a.AddParts(conversation.SpeechPart{Text: part.Speech(s.Voice)})
	a.Directives = t.ShowPost(s, part.String())
	a.State.Part, a.State.Text, a.State.Unheard = number, s.Fingerprint, false
	a.State.Spoken = &session.Reading{
		Post: session.RefOf(s.Post), Part: number, Text: s.Fingerprint, At: t.Now.Unix(), Last: number == len(s.Turns),
	}
	if number < len(s.Turns) {
		return a.Ask(conversation.PromptReadOn)
	}
	return t.AppendPostEnd(a, s.Post)
}

// readNextPost reads the post after the current one, even if the current one was removed.
func (t *turn) readNextPost() conversation.Answer {
	if next, ok := t.Env.Posts.Older(t.AnchorPost(), feed.Filter{}); ok {
		return t.startReading(next)
	}
	return t.Say(phrases.NoOlder, phrases.Params{}).Ask(conversation.PromptAnythingElse)
}
