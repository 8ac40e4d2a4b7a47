package conversation

import (
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/period"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// WithPeriod calls about with the period that the listener named. If the listener named none, it calls without. If the
// date is not understood, the answer says this first, and then continues with the result of without.
func (t *Dialog) WithPeriod(about func(alexa.Period) Answer, without func() Answer) Answer {
	date := t.DateSlot()
	if date == "" {
		return without()
	}
	p, err := alexa.ParseDate(date, t.Now, t.Env.Zone)
	if err != nil {
		return t.Say(phrases.WhichDayWasThat, phrases.Params{}).FollowedBy(without())
	}
	return about(p)
}

// DateSlot returns the date of the slot Date, or "" if the slot is empty.
func (t *Dialog) DateSlot() string {
	return period.PastWeekday(t.SlotValue("Date"), t.Now, t.Env.Posts)
}

// PeriodParams returns a period in words, and whether it is over, for a message about count posts.
func (t *Dialog) PeriodParams(p alexa.Period, count int) phrases.Params {
	return phrases.Params{
		Period: t.Language.Period(p.Unit.String(), p.From, t.Now, p.YearBack), Ongoing: p.To.After(t.Now), Count: count,
	}
}

// AnnounceLatest announces the latest post, or says that the blog does not have posts.
func (t *Dialog) AnnounceLatest() Answer {
	if post, ok := t.LatestPost(); ok {
		return t.Announce(phrases.Latest, post, phrases.Params{})
	}
	return t.SayNoPosts()
}

// SayNoPosts answers for a blog without posts. The answer has no prompt, because the listener has nothing to choose.
func (t *Dialog) SayNoPosts() Answer { return t.Say(phrases.NoPosts, phrases.Params{}) }

// AnnouncePeriod announces the newest post of a period and says how many posts the period has. If the period has none,
// it announces the nearest earlier post.
func (t *Dialog) AnnouncePeriod(p alexa.Period) Answer {
	count, post := t.Env.Posts.Count(period.Filter(p))
	if count == 0 {
		return t.AnnounceBefore(p)
	}
	message := phrases.Only
	if p.Unit == alexa.Day {
		message = phrases.OnlyDay
	}
	return t.Announce(message, post, t.PeriodParams(p, count))
}

// AnnounceBefore answers for a period without posts.
func (t *Dialog) AnnounceBefore(p alexa.Period) Answer {
	latest, ok := t.LatestPost()
	if !ok {
		return t.SayNoPosts()
	}
	none := t.Say(phrases.None, t.PeriodParams(p, 0))
	before, ok := period.NewestBefore(p, t.Env.Posts, false)
	switch {
	case !ok:
		return none.Say(phrases.NothingBefore, phrases.Params{}).Ask(PromptOpen)
	case before.ID == latest.ID: // the last post before today is the latest post
		return none.FollowedBy(t.Announce(phrases.Latest, latest, phrases.Params{}))
	}
	return none.FollowedBy(t.Announce(phrases.Before, before, phrases.Params{}))
}

// Announce says a message with a post's date and title, shows the post, and asks the most useful question.
func (t *Dialog) Announce(message phrases.Message, post feed.Post, params phrases.Params) Answer {
	rendered := t.Render(post)
	params.Date = t.DateText(post)
	a := t.NewAnswer().Say(message, params).QuoteText(rendered.Voice, rendering.EndSentence(t.PostName(post, rendered))).
		FocusOn(post, session.FocusPost).Ask(t.ChoosePrompt(rendered))
	a.Card, a.Directives = t.PostCard(rendered), t.ShowPost(rendered, rendered.Excerpt)
	return a
}

// ChoosePrompt returns the most useful question about a post: play its episode, read its text, or go to another post.
func (t *Dialog) ChoosePrompt(s *rendering.Rendered) session.Prompt {
	switch {
	case s.IsPlayable() && t.SupportsAudio():
		return PromptPlay
	case len(s.Turns) > 0:
		return PromptRead
	}
	if _, ok := t.Env.Posts.Older(s.Post, feed.Filter{}); ok {
		return PromptOlder
	}
	return PromptAnythingElse
}

// DateText returns a post's date for speech, or "" if the date is not exact. Then the messages do not contain a date.
func (t *Dialog) DateText(p feed.Post) string {
	if !p.DateKind.IsExact() {
		return ""
	}
	return t.Language.Date(p.Published.In(t.Env.Zone), t.Now)
}

// PostCard returns a post's card for the Alexa app.
func (t *Dialog) PostCard(s *rendering.Rendered) *alexa.Card {
	return &alexa.Card{
		Title: s.ShownTitle, Text: rendering.JoinLines(s.Date, s.Byline, s.Excerpt, s.Link), SmallImageURL: s.Image, LargeImageURL: s.Image,
	}
}

// A Direction is Posts.Older or Posts.Newer: it returns the nearest post in one direction that a filter selects.
type Direction = func(feed.Post, feed.Filter) (feed.Post, bool)

// AnchorPost returns the current post. If the post was removed, the result has only the publication time, which is
// enough to find the neighbours.
func (t *Dialog) AnchorPost() feed.Post {
	if post, ok := t.CurrentPost(); ok {
		return post
	}
	second, _, _ := t.State.Post.Decode() // DecodeState refuses malformed refs
	return feed.Post{Published: time.Unix(second, 0)}
}

// OfferedNext returns the post that the last prompt offers to read next.
func (t *Dialog) OfferedNext() (feed.Post, bool) {
	if t.State.Prompt != PromptReadNext {
		return feed.Post{}, false
	}
	return t.Env.Posts.Older(t.AnchorPost(), feed.Filter{})
}

// AnnounceCurrent announces the current post again, or the latest post if the conversation is not about a post.
func (t *Dialog) AnnounceCurrent() Answer {
	post, kept := t.CurrentPost()
	latest, _ := t.LatestPost()
	switch {
	case t.State.Post != "" && !kept:
		return t.SayPostGone()
	case post.ID == latest.ID || !kept:
		return t.AnnounceLatest()
	}
	return t.Announce(phrases.ThePost, post, phrases.Params{})
}

// SayPostGone says that a post was removed, and announces the latest.
func (t *Dialog) SayPostGone() Answer {
	return t.Say(phrases.Gone, phrases.Params{}).FollowedBy(t.AnnounceLatest())
}

// IsAnnounced reports whether a post is the last announced one and is not being read.
func (t *Dialog) IsAnnounced(p feed.Post) bool {
	return t.State.Focus == session.FocusPost && t.State.Post == session.RefOf(p)
}

// SayReadFailed says that a post could not be read. The state does not change, so that the listener can try again.
func (t *Dialog) SayReadFailed() Answer {
	return t.Say(phrases.Trouble, phrases.Params{}).Ask(PromptAnythingElse)
}

// AppendPostEnd says that the post has ended and offers the next post.
func (t *Dialog) AppendPostEnd(a Answer, p feed.Post) Answer {
	next, ok := t.Env.Posts.Older(p, feed.Filter{})
	if !ok {
		return a.Say(phrases.EndOfAll, phrases.Params{}).Ask(PromptAnythingElse)
	}
	rendered := t.Render(next)
	name := rendering.EndSentence(t.PostName(next, rendered))
	a = a.Say(phrases.EndOfPost, phrases.Params{Date: t.DateText(next)}).QuoteText(rendered.Voice, name)
	if len(rendered.Turns) > 0 {
		return a.Ask(PromptReadNext)
	}
	// The other prompts refer to the state's post, so it must be the next post.
	return a.FocusOn(next, session.FocusPost).Ask(t.ChoosePrompt(rendered))
}
