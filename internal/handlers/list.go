package handlers

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/period"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// pageLength is the number of titles on a page: as many as a listener can remember.
const pageLength = session.PageLength

// maxFound limits the length of a list of search results.
const maxFound = session.MaxFound

// announcePage names the posts of a list from its Offset and asks for a choice. If the list does not have posts there, it
// returns the result of ifEmpty.
func (t *turn) announcePage(l session.PostList, drift int, ifEmpty func() conversation.Answer) conversation.Answer {
	posts, err := t.ListedPosts(session.PostList{Source: l.Source, Query: l.Query, Offset: l.Offset + drift}, pageLength+1)
	switch {
	case err != nil:
		return t.ArchiveFailure("list posts", err)
	case len(posts) == 0:
		return ifEmpty()
	}
	a := t.NewAnswer().Ask(conversation.PromptChoose)
	if len(posts) > pageLength {
		posts, a = posts[:pageLength], a.Ask(conversation.PromptChooseOrMore)
	}
	l.Page, l.Series = nil, nil
	var titles []string
	parts := make([]conversation.SpeechPart, 0, 2*pageLength)
	for i, post := range posts {
		number, rendered := l.Offset+i+1, t.Render(post)
		title := t.PostName(post, rendered)
		parts = append(parts, conversation.SpeechPart{Message: phrases.Number, Params: phrases.Params{Number: number}},
			conversation.QuotePart(rendered.Voice, rendering.EndSentence(rendering.ListTitle(title))))
		l.Page = append(l.Page, session.RefOf(post))
		titles = append(titles, strconv.Itoa(number)+". "+title)
	}
	a = a.AddParts(parts...)
	a.State.List, a.State.Focus = &l, session.FocusList
	a.Card = &alexa.Card{Title: t.Blog, Text: rendering.JoinLines(titles...)}
	a.Directives = t.ShowList(posts, titles)
	return a
}

// nextPage names the next page of the list.
func (t *turn) nextPage() conversation.Answer {
	return t.goToPage(t.State.List.Offset+len(t.State.List.Page), func() conversation.Answer {
		return t.Say(phrases.EndOfList, phrases.Params{}).Ask(conversation.PromptChoose)
	})
}

// previousPage names the previous page. On the first page, it says that there is not a previous page.
func (t *turn) previousPage() conversation.Answer {
	offset := t.State.List.Offset
	if offset == 0 {
		return t.Say(phrases.StartOfList, phrases.Params{}).Ask(conversation.ListPrompt(t.State.Prompt))
	}
	return t.goToPage(max(0, offset-pageLength), t.SayPostGone)
}

// restartList names the current list from its beginning.
func (t *turn) restartList() conversation.Answer {
	return t.announcePage(session.PostList{Source: t.State.List.Source, Query: t.State.List.Query}, 0, t.SayPostGone)
}

// goToPage names the page at an offset. If the list is empty there, it returns the result of ifEmpty.
func (t *turn) goToPage(offset int, ifEmpty func() conversation.Answer) conversation.Answer {
	l := *t.State.List
	drift := t.Selector().Drift(l, offset)
	l.Offset = offset
	return t.announcePage(l, drift, ifEmpty)
}

// handleListPosts names the newest posts, or the newest posts of the requested period.
func (t *turn) handleListPosts() conversation.Answer { return t.WithPeriod(t.listPeriod, t.listNewest) }

func (t *turn) listPeriod(p alexa.Period) conversation.Answer {
	count, _ := t.Env.Posts.Count(period.Filter(p))
	if count < 2 {
		return t.AnnouncePeriod(p)
	}
	return t.Say(phrases.ListPeriod, t.PeriodParams(p, count)).
		FollowedBy(t.announcePage(session.PostList{Source: session.SourcePeriod, Query: t.DateSlot()}, 0, t.SayPostGone))
}

func (t *turn) listNewest() conversation.Answer {
	if t.State.Prompt == conversation.PromptList { // "list them", after a count
		return t.restartList()
	}
	if count, _ := t.Env.Posts.Count(feed.Filter{}); count < 2 { // with fewer than two posts, the listener has nothing to choose
		return t.AnnounceLatest()
	}
	return t.Say(phrases.ListNewest, phrases.Params{}).
		FollowedBy(t.announcePage(session.PostList{Source: session.SourceNewest}, 0, t.SayPostGone))
}

// handleSelectPost chooses a post of the last list by number. Without a list, it lists the newest posts first.
func (t *turn) handleSelectPost() conversation.Answer { return t.selectNumber((*turn).choosePost) }

// selectNumber calls choose with the post that the slot Number selects.
func (t *turn) selectNumber(choose func(*turn, feed.Post) conversation.Answer) conversation.Answer {
	if t.State.List == nil {
		return t.Say(phrases.NoList, phrases.Params{}).FollowedBy(t.listNewest())
	}
	number, err := strconv.Atoi(t.SlotValue("Number"))
	if err != nil {
		return t.askNumberAgain(phrases.WhichNumber, phrases.Params{})
	}
	l := t.State.List
	if at := number - 1 - l.Offset; at >= 0 && at < len(l.Page) {
		return t.chooseByRef(l.Page[at], choose)
	}
	return t.chooseBeyondPage(number, choose)
}

// askNumberAgain says why a choice failed and asks for a number again.
func (t *turn) askNumberAgain(message phrases.Message, params phrases.Params) conversation.Answer {
	a := t.Say(message, params).Ask(conversation.ListPrompt(t.State.Prompt))
	a.State.Focus = session.FocusList
	return a
}

// chooseByRef calls choose with the post that a ref identifies. The ref comes from the last page.
func (t *turn) chooseByRef(r session.Ref, choose func(*turn, feed.Post) conversation.Answer) conversation.Answer {
	if post, ok := t.PostByRef(r); ok {
		return choose(t, post)
	}
	return t.askNumberAgain(phrases.Gone, phrases.Params{})
}

// chooseBeyondPage calls choose with a post of another page.
func (t *turn) chooseBeyondPage(number int, choose func(*turn, feed.Post) conversation.Answer) conversation.Answer {
	if number < 1 || number > session.MaxOffset {
		return t.askNumberAgain(phrases.NoSuchNumber, phrases.Params{Number: number})
	}
	l := *t.State.List
	if l.Offset = number - 1 + t.Selector().Drift(l, number-1); l.Offset < 0 { // the post was removed
		return t.askNumberAgain(phrases.Gone, phrases.Params{})
	}
	posts, err := t.ListedPosts(l, 1)
	switch {
	case err != nil:
		return t.ArchiveFailure("select listed post", err)
	case len(posts) == 0:
		return t.askNumberAgain(phrases.NoSuchNumber, phrases.Params{Number: number})
	}
	return choose(t, posts[0])
}

// choosePost reads a chosen post, or offers to play it if it has an episode.
func (t *turn) choosePost(p feed.Post) conversation.Answer {
	if rendered := t.Render(p); rendered.IsPlayable() && t.SupportsAudio() {
		return t.Announce(phrases.ThePost, p, phrases.Params{})
	}
	return t.startReading(p)
}

// findByTitle returns the post of the last page whose title contains all the words. It returns false unless exactly one
// title matches.
func (t *turn) findByTitle(words string) (chosen feed.Post, ok bool) {
	if t.State.Focus != session.FocusList {
		return feed.Post{}, false
	}
	for _, r := range t.State.List.Page {
		post, _ := t.PostByRef(r) // a removed post is a zero Post
		if !containsWords(post.Title, words) {
			continue
		}
		if ok {
			return feed.Post{}, false
		}
		chosen, ok = post, true
	}
	return chosen, ok
}

// containsWords reports whether a title contains all the words.
func containsWords(title, words string) bool {
	have := splitWords(title)
	return !slices.ContainsFunc(splitWords(words), func(word string) bool { return !slices.Contains(have, word) })
}

// splitWords returns a text's words in lower case, without punctuation.
func splitWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
}
