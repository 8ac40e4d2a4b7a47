package handlers

import (
	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/period"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/phrases"
)

// handleLastPost announces the latest post, or the latest post of the requested period.
func (t *turn) handleLastPost() answer { return t.withPeriod(t.announcePeriod, t.announceLatest) }

// withPeriod calls about with the period that the listener named. If the listener named none, it calls without. If the
// date is not understood, the answer says this first, and then continues with the result of without.
func (t *turn) withPeriod(about func(alexa.Period) answer, without func() answer) answer {
	date := t.dateSlot()
	if date == "" {
		return without()
	}
	p, err := alexa.ParseDate(date, t.now, t.responder.Zone)
	if err != nil {
		return t.say(phrases.WhichDayWasThat, phrases.Params{}).followedBy(without())
	}
	return about(p)
}

// dateSlot returns the date of the slot Date, or "" if the slot is empty.
func (t *turn) dateSlot() string {
	return period.PastWeekday(t.slotValue("Date"), t.now, t.responder.Posts)
}

// periodParams returns a period in words, and whether it is over, for a message about count posts.
func (t *turn) periodParams(p alexa.Period, count int) phrases.Params {
	return phrases.Params{
		Period: t.language.Period(p.Unit.String(), p.From, t.now, p.YearBack), Ongoing: p.To.After(t.now), Count: count,
	}
}

// announceLatest announces the latest post, or says that the blog does not have posts.
func (t *turn) announceLatest() answer {
	if post, ok := t.latestPost(); ok {
		return t.announce(phrases.Latest, post, phrases.Params{})
	}
	return t.sayNoPosts()
}

// sayNoPosts answers for a blog without posts. The answer has no prompt, because the listener has nothing to choose.
func (t *turn) sayNoPosts() answer { return t.say(phrases.NoPosts, phrases.Params{}) }

// announcePeriod announces the newest post of a period and says how many posts the period has. If the period has none,
// it announces the nearest earlier post.
func (t *turn) announcePeriod(p alexa.Period) answer {
	count, post := t.responder.Posts.Count(period.Filter(p))
	if count == 0 {
		return t.announceBefore(p)
	}
	message := phrases.Only
	if p.Unit == alexa.Day {
		message = phrases.OnlyDay
	}
	return t.announce(message, post, t.periodParams(p, count))
}

// announceBefore answers for a period without posts.
func (t *turn) announceBefore(p alexa.Period) answer {
	latest, ok := t.latestPost()
	if !ok {
		return t.sayNoPosts()
	}
	none := t.say(phrases.None, t.periodParams(p, 0))
	before, ok := period.NewestBefore(p, t.responder.Posts, false)
	switch {
	case !ok:
		return none.say(phrases.NothingBefore, phrases.Params{}).ask(promptOpen)
	case before.ID == latest.ID: // the last post before today is the latest post
		return none.followedBy(t.announce(phrases.Latest, latest, phrases.Params{}))
	}
	return none.followedBy(t.announce(phrases.Before, before, phrases.Params{}))
}

// announce says a message with a post's date and title, shows the post, and asks the most useful question.
func (t *turn) announce(message phrases.Message, post feed.Post, params phrases.Params) answer {
	rendered := t.render(post)
	params.Date = t.dateText(post)
	a := t.newAnswer().say(message, params).quoteText(rendered.Voice, rendering.EndSentence(t.postName(post, rendered))).
		focusOn(post, focusPost).ask(t.choosePrompt(rendered))
	a.card, a.directives = t.postCard(rendered), t.showPost(rendered, rendered.Excerpt)
	return a
}

// choosePrompt returns the most useful question about a post: play its episode, read its text, or go to another post.
func (t *turn) choosePrompt(s *rendering.Rendered) prompt {
	switch {
	case s.IsPlayable() && t.supportsAudio():
		return promptPlay
	case len(s.Turns) > 0:
		return promptRead
	}
	if _, ok := t.responder.Posts.Older(s.Post, feed.Filter{}); ok {
		return promptOlder
	}
	return promptAnythingElse
}

// dateText returns a post's date for speech, or "" if the date is not exact. Then the messages do not contain a date.
func (t *turn) dateText(p feed.Post) string {
	if !p.DateKind.IsExact() {
		return ""
	}
	return t.language.Date(p.Published.In(t.responder.Zone), t.now, false)
}

// postCard returns a post's card for the Alexa app.
func (t *turn) postCard(s *rendering.Rendered) *alexa.Card {
	return &alexa.Card{
		Title: s.ShownTitle, Text: rendering.JoinLines(s.Date, s.Byline, s.Excerpt, s.Link), SmallImageURL: s.Image, LargeImageURL: s.Image,
	}
}
