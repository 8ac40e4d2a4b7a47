package handlers

import (
	"slices"
	"time"
	"unicode/utf16"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// Limits of an answer that reads a series. They leave room for the prompt, a card and the session state in Amazon's
// 8,000 characters and 24 KB. The number of posts limits the time: rendering a crafted post takes about 0.1 s.
const (
	maxSeriesSpeech = 7500  // characters of SSML, as Amazon counts them
	maxSeriesBytes  = 12000 // bytes of SSML
	maxSeriesPosts  = session.MaxSeriesPosts
)

// seriesPause is the silence before the next post.
const seriesPause = time.Second

// handleReadAll reads several posts one after the other. A series or a post that is being read goes on, without a stop at
// the post's end. Otherwise the posts of the last list are read, or else the new posts.
func (t *turn) handleReadAll() conversation.Answer {
	l := t.State.List
	switch {
	case t.inSeries():
		return t.goOnWithSeries()
	case t.State.Focus == session.FocusText:
		return t.continueAsSeries()
	case l != nil && l.Series != nil: // another post was announced or read in between
		return t.resumeSeries()
	case l != nil:
		return t.startSeries(t.NewAnswer(), session.PostList{Source: l.Source, Query: l.Query})
	}
	return t.handleReadNew()
}

// handleReadNew reads the posts since the listener's previous visit, one after the other.
func (t *turn) handleReadNew() conversation.Answer {
	_, ok := t.LatestPost()
	news := t.CountNew()
	switch {
	case !ok:
		return t.SayNoPosts()
	case t.State.Since == "":
		return t.Say(phrases.FirstVisit, phrases.Params{}).FollowedBy(t.AnnounceLatest())
	case news == 0:
		return t.Say(phrases.NothingNew, phrases.Params{}).FollowedBy(t.AnnounceLatest())
	}
	return t.startSeries(t.Say(phrases.SeriesNew, phrases.Params{Count: news}), session.PostList{Source: session.SourceNew})
}

// inSeries reports whether the current post is being read as a post of a series.
func (t *turn) inSeries() bool { return t.State.InSeries() }

// startSeries reads the posts of a list from its beginning.
func (t *turn) startSeries(a conversation.Answer, l session.PostList) conversation.Answer {
	posts, err := t.ListedPosts(l, 1)
	switch {
	case err != nil:
		return t.ArchiveFailure("list posts", err)
	case len(posts) == 0:
		return t.SayPostGone()
	}
	l.Series = &session.Series{Began: t.Now.Unix(), Since: t.State.Since}
	return t.readSeries(a, t.State.BeforePost(l, posts[0]))
}

// continueAsSeries goes on with the post that is being read, and then with the posts after it in its list, or else with
// the older posts.
func (t *turn) continueAsSeries() conversation.Answer {
	post, ok := t.CurrentPost()
	if !ok {
		return t.SayPostGone()
	}
	s := t.State
	running := session.Series{Read: 1, Began: t.Now.Unix(), Ended: !s.Unheard && s.Part >= len(t.Render(post).Turns), Since: s.Since}
	if list := t.State.List; list != nil {
		if i := slices.Index(list.Page, s.Post); i >= 0 {
			s.List = &session.PostList{
				Source: list.Source, Query: list.Query, Offset: list.Offset + i, Page: []session.Ref{s.Post}, Series: &running,
			}
			if _, ok, _ := t.Selector().Neighbour(s, 1); ok {
				return t.readSeries(t.NewAnswer(), s)
			}
		}
	}
	s.List = &session.PostList{Source: session.SourceNewest, Offset: t.Env.Posts.Since(post), Page: []session.Ref{s.Post}, Series: &running}
	return t.readSeries(t.NewAnswer(), s)
}

// goOnWithSeries reads the part after the last one, and what follows.
func (t *turn) goOnWithSeries() conversation.Answer { return t.readSeries(t.NewAnswer(), t.State) }

// resumeSeries goes on with a series after another post was announced or read.
func (t *turn) resumeSeries() conversation.Answer {
	s := t.State
	s.Focus, s.Post, s.Part, s.Text, s.Unheard = session.FocusText, s.List.Page[0], 1, 0, true
	return t.openSeries(t.NewAnswer(), s)
}

// skipInSeries goes on with the next post of the series.
func (t *turn) skipInSeries() conversation.Answer {
	s, running := t.State.WithSeries()
	running.Ended = true
	return t.readSeries(t.NewAnswer(), s)
}

// backInSeries reads the previous post of the series again.
func (t *turn) backInSeries() conversation.Answer {
	post, ok, err := t.Selector().Neighbour(t.State, -1)
	switch {
	case err != nil:
		return t.ArchiveFailure("list posts", err)
	case !ok:
		return t.Say(phrases.SeriesStart, phrases.Params{}).Ask(conversation.PromptSeries)
	}
	l := *t.State.List
	running := *l.Series
	running.Read, l.Series, l.Offset = max(0, running.Read-2), &running, max(0, l.Offset-1)
	return t.openSeries(t.NewAnswer(), t.State.BeforePost(l, post))
}

// repeatInSeries reads a part of the current post again, and goes on.
func (t *turn) repeatInSeries(part int) conversation.Answer {
	s, running := t.State.WithSeries()
	s.Part, s.Unheard, running.Ended = part, true, false
	return t.openSeries(t.NewAnswer(), s)
}

// A piece is what is read without a stop: a part of a post, and before the first part the post's title and date.
type piece struct {
	parts    []conversation.SpeechPart
	rendered *rendering.Rendered
	before   session.State // the state if the piece was not heard
	after    session.State
}

// pieceStatus says why a series does not have a next piece.
type pieceStatus int

const (
	pieceFound pieceStatus = iota
	seriesEnded
	seriesFailed // the archive could not be read
)

// nextPiece returns the piece of a series that follows a state.
func (t *turn) nextPiece(s session.State) (piece, pieceStatus) {
	var notes []conversation.SpeechPart
	if !s.List.Series.Ended {
		post, kept := t.PostByRef(s.Post)
		rendered := t.renderIf(kept, post)
		switch next := s.NextPart(); {
		case rendered.ReadFailed:
			return piece{}, seriesFailed
		case kept && next > 1 && rendered.Fingerprint != s.Text:
			return t.pieceOf(s, rendered, 1, []conversation.SpeechPart{{Message: phrases.Edited}}), pieceFound
		case kept && next <= max(1, len(rendered.Turns)):
			return t.pieceOf(s, rendered, next, nil), pieceFound
		case !kept && next > 1:
			notes = []conversation.SpeechPart{{Message: phrases.Gone}}
		case !kept: // the listener did not hear of the post
			var running *session.Series
			s, running = s.WithSeries()
			running.Read--
		}
	}
	post, ok, err := t.Selector().Neighbour(s, 1)
	rendered := t.renderIf(ok && err == nil, post)
	switch {
	case err != nil || rendered.ReadFailed:
		return piece{}, seriesFailed
	case !ok:
		return piece{}, seriesEnded
	}
	l := *s.List
	l.Offset = min(l.Offset+1, session.MaxOffset)
	return t.pieceOf(s.BeforePost(l, post), rendered, 1, notes), pieceFound
}

// renderIf renders a post if there is one.
func (t *turn) renderIf(ok bool, p feed.Post) *rendering.Rendered {
	if !ok {
		return &rendering.Rendered{}
	}
	return t.Render(p)
}

// pieceOf returns a part of the state's post.
func (t *turn) pieceOf(s session.State, rendered *rendering.Rendered, number int, notes []conversation.SpeechPart) piece {
	p := piece{parts: notes, rendered: rendered}
	if number == 1 {
		p.parts = append(p.parts, t.seriesTitle(s, rendered)...)
	}
	if len(rendered.Turns) > 0 {
		p.parts = append(p.parts, conversation.SpeechPart{Text: rendered.Turns[number-1].Speech(rendered.Voice)})
	}
	s.Part, s.Text, s.Unheard = number, rendered.Fingerprint, true
	p.before = s
	after, running := s.WithSeries()
	after.Unheard, running.Ended = false, number >= len(rendered.Turns)
	p.after = after
	return p
}

// seriesTitle announces a post of a series with its title and date.
func (t *turn) seriesTitle(s session.State, rendered *rendering.Rendered) (parts []conversation.SpeechPart) {
	date := t.DateText(rendered.Post)
	title := conversation.QuotePart(rendered.Voice, rendering.EndSentence(t.PostName(rendered.Post, rendered)))
	switch {
	case s.List.Series.Read > 1 && !t.opens:
		next := conversation.SpeechPart{Message: phrases.SeriesNext, Params: phrases.Params{Date: date}}
		parts = append(parts, silence(seriesPause), next, title)
	case date != "":
		parts = append(parts, title, conversation.SpeechPart{Message: phrases.From, Params: phrases.Params{Date: date}})
	default:
		parts = append(parts, title)
	}
	if len(rendered.Turns) == 0 {
		parts = append(parts, conversation.SpeechPart{Message: phrases.SeriesNoText})
	}
	return parts
}

func silence(d time.Duration) (p conversation.SpeechPart) {
	p.Text.Pause(d)
	return p
}

// openSeries is readSeries for an answer whose first post does not follow another one: after a resume, or on the way back.
func (t *turn) openSeries(a conversation.Answer, s session.State) conversation.Answer {
	opening := *t
	opening.opens = true
	return opening.readSeries(a, s)
}

// readSeries adds the pieces that follow a state, as many as fit into an answer. If a piece remains, it asks whether to go
// on.
func (t *turn) readSeries(a conversation.Answer, s session.State) conversation.Answer {
	var read []piece
	for {
		next, status := t.nextPiece(s)
		switch {
		case status == seriesFailed && len(read) == 0:
			return t.SayReadFailed()
		case status == seriesFailed:
			return t.finishPieces(a, read).Ask(conversation.PromptSeries)
		case status == seriesEnded:
			return t.endSeries(t.finishPieces(a, read), s)
		}
		if len(read) > 0 && !t.fits(a, read, next) {
			return t.finishPieces(a, read).Ask(conversation.PromptSeries)
		}
		a, s, read = a.AddParts(next.parts...), next.after, append(read, next)
		if t.opens {
			following := *t
			following.opens = false
			t = &following
		}
	}
}

// fits reports whether an answer has room for another piece.
func (t *turn) fits(a conversation.Answer, read []piece, next piece) bool {
	if next.after.List.Series.Read-read[0].after.List.Series.Read >= maxSeriesPosts {
		return false
	}
	ssml := t.Env.Settings.Pronounce.Apply(t.SpeechOf(a.AddParts(next.parts...).Parts)).SSML()
	return len(ssml) <= maxSeriesBytes && len(utf16.Encode([]rune(ssml))) <= maxSeriesSpeech
}

// finishPieces sets the state, the card and the screen of an answer that read pieces.
func (t *turn) finishPieces(a conversation.Answer, read []piece) conversation.Answer {
	if len(read) == 0 {
		return a
	}
	first, last := read[0], read[len(read)-1]
	a.State = last.after
	if next, ok, _ := t.Selector().Neighbour(last.after, 1); ok {
		a.State, _ = a.State.WithSeries()
		a.State.List.Page = []session.Ref{last.after.Post, session.RefOf(next)}
	}
	a.State.Spoken = &session.Reading{
		Post: first.before.Post, Part: first.before.Part, Text: first.before.Text, At: t.Now.Unix(),
		Posts: last.after.List.Series.Read - first.before.List.Series.Read,
	}
	a.Card, a.Directives = t.seriesCard(read), t.ShowPost(first.rendered, first.shownText())
	return a
}

// shownText returns the text of a piece for screens.
func (p piece) shownText() string {
	if len(p.rendered.Turns) == 0 {
		return ""
	}
	return p.rendered.Turns[p.before.Part-1].String()
}

// seriesCard returns a card with the titles of the posts that an answer began, or nil if it began none.
func (t *turn) seriesCard(read []piece) *alexa.Card {
	var titles []string
	var only *rendering.Rendered
	for _, p := range read {
		if p.before.Part == 1 {
			titles, only = append(titles, p.rendered.ShownTitle), p.rendered
		}
	}
	switch len(titles) {
	case 0:
		return nil
	case 1:
		return t.PostCard(only)
	}
	return &alexa.Card{Title: t.Blog, Text: rendering.JoinLines(titles...)}
}

// endSeries says that the last post was read. A search has no more than maxFound posts, so its last one may not be the last
// with these words.
func (t *turn) endSeries(a conversation.Answer, s session.State) conversation.Answer {
	if a.State.Spoken != nil {
		a.State.Spoken.Last = true
	} else {
		a.State, _ = s.WithSeries()
		a.State.List.Series, a.Left = nil, true
	}
	message := phrases.SeriesEnd
	if s.List.Source == session.SourceSearch && s.List.Offset+len(s.List.Page) >= maxFound {
		message = phrases.SeriesEndSearch
	}
	return a.Say(message, phrases.Params{Count: s.List.Series.Read}).Ask(conversation.PromptAnythingElse)
}
