package handlers

import (
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/period"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// handleCountPosts says how many posts there are: in a category, in a period, or in all.
func (t *turn) handleCountPosts() conversation.Answer {
	switch name := t.categorySlot(); name {
	case "":
		return t.WithPeriod(t.countPeriod, t.countAll)
	case "?":
		return t.sayCategories(phrases.WhichCategory, name)
	default:
		return t.countCategory(name)
	}
}

func (t *turn) countAll() conversation.Answer {
	count, _ := t.Env.Posts.Count(feed.Filter{})
	switch {
	case count == 0:
		return t.SayNoPosts()
	case count == 1 || t.State.Focus == session.FocusList:
		return t.goOn(t.Say(phrases.CountAll, phrases.Params{Count: count}))
	}
	return t.offerList(session.PostList{Source: session.SourceNewest})
}

func (t *turn) countPeriod(p alexa.Period) conversation.Answer {
	count, _ := t.Env.Posts.Count(period.Filter(p))
	if count < 2 && !t.keepsReading() {
		return t.AnnouncePeriod(p)
	}
	return t.offerList(session.PostList{Source: session.SourcePeriod, Query: t.DateSlot()})
}

func (t *turn) countCategory(name string) conversation.Answer {
	count, err := t.Env.Store.CountInCategory(t.Ctx, name)
	switch {
	case err != nil:
		return t.ArchiveFailure("count category posts", err)
	case count < 2 && !t.keepsReading():
		return t.handleCategoryPosts()
	case count == 0:
		return t.goOn(t.sayCategories(phrases.NoCategory, name))
	}
	return t.offerList(session.PostList{Source: session.SourceCategory, Query: name})
}

// keepsReading reports whether a post is being read. Then an answer to another question goes on with this post.
func (t *turn) keepsReading() bool {
	return t.State.Prompt == conversation.PromptReadOn || t.State.Prompt == conversation.PromptReadNext || t.inSeries()
}

// offerList says how many posts a list has, and offers to name them. While a post is being read, it offers to go on.
func (t *turn) offerList(l session.PostList) conversation.Answer {
	l.Offset = 0
	posts, err := t.ListedPosts(l, pageLength)
	if err != nil {
		return t.ArchiveFailure("list posts", err)
	}
	a, err := t.sayCount(l)
	switch {
	case err != nil:
		return t.ArchiveFailure("count posts", err)
	case t.keepsReading() || len(posts) == 0:
		return t.goOn(a)
	}
	return a.Offer(l, posts)
}

// sayCount says how many posts a list has.
func (t *turn) sayCount(l session.PostList) (conversation.Answer, error) {
	switch l.Source {
	case session.SourceNewest:
		count, _ := t.Env.Posts.Count(feed.Filter{})
		return t.Say(phrases.CountAll, phrases.Params{Count: count}), nil
	case session.SourcePeriod:
		p, err := alexa.ParseDate(l.Query, t.Now, t.Env.Zone)
		count, _ := t.Env.Posts.Count(period.Filter(p))
		message := phrases.ListPeriod
		if count == 0 {
			message = phrases.None
		}
		return t.Say(message, t.PeriodParams(p, count)), err
	case session.SourceCategory:
		count, err := t.Env.Store.CountInCategory(t.Ctx, l.Query)
		return t.Say(phrases.CountCategory, phrases.Params{Said: l.Query, Count: count}), err
	}
	return t.Say(phrases.FoundInstead, phrases.Params{Said: l.Query}), nil
}

// handleOldestPost announces the oldest post with a date, or else the last post.
func (t *turn) handleOldestPost() conversation.Answer {
	beforeAll := feed.Post{Published: feed.FirstDate().Add(-time.Second)}
	post, ok := t.Env.Posts.Newer(beforeAll, feed.Filter{})
	if !ok {
		post, ok = t.Env.Posts.Newer(feed.Post{}, feed.Filter{}) // before the posts without a date
	}
	if !ok {
		return t.SayNoPosts()
	}
	return t.Announce(phrases.Oldest, post, phrases.Params{})
}

// handleRandomPost announces a post that the request's id selects, but not the current one.
func (t *turn) handleRandomPost() conversation.Answer {
	count, newest := t.Env.Posts.Count(feed.Filter{})
	if count == 0 {
		return t.SayNoPosts()
	}
	at := int(t.Pick) % count
	post := t.postAt(at, newest)
	if session.RefOf(post) == t.State.Post {
		post = t.postAt((at+1)%count, newest)
	}
	return t.Announce(phrases.Random, post, phrases.Params{})
}

// postAt returns the post at a position, from the newest. If posts were removed since they were counted, it returns
// newest.
func (t *turn) postAt(position int, newest feed.Post) feed.Post {
	if posts := t.Env.Posts.Range(feed.Filter{}, position, 1); len(posts) > 0 {
		return posts[0]
	}
	return newest
}

// handlePlayNumber plays the episode of a post of the last list. If the post does not have one, the answer says so and
// offers the text.
func (t *turn) handlePlayNumber() conversation.Answer {
	return t.selectNumber((*turn).PlayEpisode)
}

// handleReadLast answers "the last one": in a list it is the last one of the page, and otherwise the latest post.
func (t *turn) handleReadLast() conversation.Answer {
	if t.State.Focus == session.FocusList {
		page := t.State.List.Page
		return t.chooseByRef(page[len(page)-1], (*turn).choosePost)
	}
	post, ok := t.LatestPost()
	if !ok {
		return t.SayNoPosts()
	}
	return t.startReading(post)
}

// handleBackToList names the page of the last list that has the post that was chosen or read last. Without a list it lists
// the newest posts.
func (t *turn) handleBackToList() conversation.Answer {
	if t.State.List == nil {
		return t.listNewest()
	}
	l := *t.State.List
	drift := t.Selector().Drift(l, l.Offset)
	l.Offset -= l.Offset % pageLength // the page of a series is a single post
	l.Series = nil
	return t.announcePage(l, drift, t.SayPostGone)
}
