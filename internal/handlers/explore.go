package handlers

import (
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/period"
	"lastpost/internal/phrases"
)

// handleCountPosts says how many posts there are: in a category, in a period, or in all.
func (t *turn) handleCountPosts() answer {
	switch name := t.categorySlot(); name {
	case "":
		return t.withPeriod(t.countPeriod, t.countAll)
	case "?":
		return t.sayCategories(phrases.WhichCategory, name)
	default:
		return t.countCategory(name)
	}
}

func (t *turn) countAll() answer {
	count, _ := t.responder.Posts.Count(feed.Filter{})
	switch {
	case count == 0:
		return t.sayNoPosts()
	case count == 1 || t.state.Focus == focusList:
		return t.goOn(t.say(phrases.CountAll, phrases.Params{Count: count}))
	}
	return t.offerList(postList{Source: sourceNewest})
}

func (t *turn) countPeriod(p alexa.Period) answer {
	count, _ := t.responder.Posts.Count(period.Filter(p))
	if count < 2 && !t.keepsReading() {
		return t.announcePeriod(p)
	}
	return t.offerList(postList{Source: sourcePeriod, Query: t.dateSlot()})
}

func (t *turn) countCategory(name string) answer {
	count, err := t.responder.Store.CountInCategory(t.ctx, name)
	switch {
	case err != nil:
		return t.archiveFailure("count category posts", err)
	case count < 2 && !t.keepsReading():
		return t.handleCategoryPosts()
	case count == 0:
		return t.goOn(t.sayCategories(phrases.NoCategory, name))
	}
	return t.offerList(postList{Source: sourceCategory, Query: name})
}

// keepsReading reports whether a post is being read. Then an answer to another question goes on with this post.
func (t *turn) keepsReading() bool {
	return t.state.Prompt == promptReadOn || t.state.Prompt == promptReadNext || t.inSeries()
}

// offerList says how many posts a list has, and offers to name them. While a post is being read, it offers to go on.
func (t *turn) offerList(l postList) answer {
	l.Offset = 0
	posts, err := t.listedPosts(l, pageLength)
	if err != nil {
		return t.archiveFailure("list posts", err)
	}
	a, err := t.sayCount(l)
	switch {
	case err != nil:
		return t.archiveFailure("count posts", err)
	case t.keepsReading() || len(posts) == 0:
		return t.goOn(a)
	}
	return a.offer(l, posts)
}

// sayCount says how many posts a list has.
func (t *turn) sayCount(l postList) (answer, error) {
	switch l.Source {
	case sourceNewest:
		count, _ := t.responder.Posts.Count(feed.Filter{})
		return t.say(phrases.CountAll, phrases.Params{Count: count}), nil
	case sourcePeriod:
		p, err := alexa.ParseDate(l.Query, t.now, t.responder.Zone)
		count, _ := t.responder.Posts.Count(period.Filter(p))
		message := phrases.ListPeriod
		if count == 0 {
			message = phrases.None
		}
		return t.say(message, t.periodParams(p, count)), err
	case sourceCategory:
		count, err := t.responder.Store.CountInCategory(t.ctx, l.Query)
		return t.say(phrases.CountCategory, phrases.Params{Said: l.Query, Count: count}), err
	}
	return t.say(phrases.FoundInstead, phrases.Params{Said: l.Query}), nil
}

// offer offers to name the posts of a list. posts are its first posts, so that a number selects one of them.
func (a answer) offer(l postList, posts []feed.Post) answer {
	l.Offset, l.Page = 0, nil
	for _, post := range posts {
		l.Page = append(l.Page, refOf(post))
	}
	if a.state.Focus == focusList { // the list before is not the subject any more
		a.state.Focus = focusNone
	}
	a.state.List = &l
	return a.ask(promptList)
}

// handleOldestPost announces the oldest post with a date, or else the last post.
func (t *turn) handleOldestPost() answer {
	beforeAll := feed.Post{Published: feed.FirstDate().Add(-time.Second)}
	post, ok := t.responder.Posts.Newer(beforeAll, feed.Filter{})
	if !ok {
		post, ok = t.responder.Posts.Newer(feed.Post{}, feed.Filter{}) // before the posts without a date
	}
	if !ok {
		return t.sayNoPosts()
	}
	return t.announce(phrases.Oldest, post, phrases.Params{})
}

// handleRandomPost announces a post that the request's id selects, but not the current one.
func (t *turn) handleRandomPost() answer {
	count, newest := t.responder.Posts.Count(feed.Filter{})
	if count == 0 {
		return t.sayNoPosts()
	}
	at := int(t.pick) % count
	post := t.postAt(at, newest)
	if refOf(post) == t.state.Post {
		post = t.postAt((at+1)%count, newest)
	}
	return t.announce(phrases.Random, post, phrases.Params{})
}

// postAt returns the post at a position, from the newest. If posts were removed since they were counted, it returns
// newest.
func (t *turn) postAt(position int, newest feed.Post) feed.Post {
	if posts := t.responder.Posts.Range(feed.Filter{}, position, 1); len(posts) > 0 {
		return posts[0]
	}
	return newest
}

// handlePlayNumber plays the episode of a post of the last list. If the post does not have one, the answer says so and
// offers the text.
func (t *turn) handlePlayNumber() answer {
	return t.selectNumber((*turn).playEpisode)
}

// handleReadLast answers "the last one": in a list it is the last one of the page, and otherwise the latest post.
func (t *turn) handleReadLast() answer {
	if t.state.Focus == focusList {
		page := t.state.List.Page
		return t.chooseByRef(page[len(page)-1], (*turn).choosePost)
	}
	post, ok := t.latestPost()
	if !ok {
		return t.sayNoPosts()
	}
	return t.startReading(post)
}

// handleBackToList names the page of the last list that has the post that was chosen or read last. Without a list it lists
// the newest posts.
func (t *turn) handleBackToList() answer {
	if t.state.List == nil {
		return t.listNewest()
	}
	l := *t.state.List
	drift := t.selector().Drift(l, l.Offset)
	l.Offset -= l.Offset % pageLength // the page of a series is a single post
	l.Series = nil
	return t.announcePage(l, drift, t.sayPostGone)
}
