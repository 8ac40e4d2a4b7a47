package handlers_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

// A listener speaks with the skill by voice: time passes while Alexa speaks. The archive is a file.
type listener struct {
	*session
	file  string
	clock time.Time
	speed int      // of Alexa, in characters per second
	heard []string // the sentences that Alexa spoke to their end
}

// newListener returns a listener of a blog whose archive is a file.
func newListener(t *testing.T, posts ...feed.Entry) *listener {
	l := &listener{file: filepath.Join(t.TempDir(), "blog.db"), clock: saturday, speed: 14}
	s := newFixture(t, saturday)
	s.Now = func() time.Time { return l.clock.UTC() }
	l.session = s.newSession(t)
	l.user = "ann"
	l.restart()
	l.publish(t, posts...)
	return l
}

// restart closes the archive and opens it again, like a new start of the service.
func (l *listener) restart() {
	l.t.Helper()
	require.NoError(l.t, l.archive.Close())
	a, err := archive.Open(l.t.Context(), l.file)
	require.NoError(l.t, err)
	l.t.Cleanup(func() { require.NoError(l.t, a.Close()) })
	l.archive, l.Posts, l.Store, l.Visits = a, a, a, a
}

// laterOn lets time pass.
func (l *listener) laterOn(d time.Duration) { l.clock = l.clock.Add(d) }

// sentencePattern matches the sentences of numberedPost.
var sentencePattern = regexp.MustCompile(`Sentence \S+ of post \S+ (is new|was edited)\.|</speak>`)

// listen lets Alexa speak the last answer to its end, or until a sentence has ended.
func (l *listener) listen(until string) {
	l.t.Helper()
	ssml := l.last.Body.OutputSpeech.SSML
	for _, at := range sentencePattern.FindAllStringIndex(ssml, -1) {
		sentence := ssml[at[0]:at[1]]
		if sentence == "</speak>" {
			require.Empty(l.t, until, "the sentence was not spoken: %s", ssml)
			l.laterOn(l.timeOf(ssml) + 2*time.Second)
			return
		}
		l.heard = append(l.heard, sentence)
		if sentence == until {
			l.laterOn(l.timeOf(ssml[:at[1]]) + 2*time.Second) // the pause before the next post, and its first syllables
			return
		}
	}
}

// timeOf returns how long Alexa speaks a text.
func (l *listener) timeOf(ssml string) (d time.Duration) {
	ssml = regexp.MustCompile(`<sub alias="([^"]*)">[^<]*</sub>`).ReplaceAllString(ssml, "$1")
	words := regexp.MustCompile(`<[^>]*>`).ReplaceAllStringFunc(ssml, func(tag string) string {
		if ms := regexp.MustCompile(`\d+`).FindString(tag); ms != "" {
			n, _ := strconv.Atoi(ms)
			d += time.Duration(n) * time.Millisecond
		}
		return ""
	})
	return d + time.Duration(len(words))*time.Second/time.Duration(l.speed)
}

// numberedPost returns a post of numbered sentences. Posts with a higher number are older.
func numberedPost(number, sentences int, how string) feed.Entry {
	p := newPost(fmt.Sprint("Number ", number), saturday.Add(-time.Duration(number)*time.Hour).Format(time.RFC3339))
	var html strings.Builder
	for i := range sentences {
		fmt.Fprintf(&html, "<p>Sentence %d of post %d %s.</p>", i+1, number, how)
	}
	return withText(p, html.String())
}

// sentencesOf returns the sentences of numberedPost.
func sentencesOf(number, sentences int, how string) (all []string) {
	for i := range sentences {
		all = append(all, fmt.Sprintf("Sentence %d of post %d %s.", i+1, number, how))
	}
	return all
}

// lengthOf returns the number of sentences of a new post. Post 3 needs several parts, and post 20 does not have a text.
func lengthOf(number int) int {
	switch number {
	case 3, 17:
		return 70
	case 20:
		return 0
	}
	return 2 + number*7%23
}

// TestReadsEverythingNew reads 30 new posts with a pause, a night, a restart, and a stop. In the meantime posts are added,
// edited and removed. The listener must hear every sentence once, in order.
func TestReadsEverythingNew(t *testing.T) {
	l := newListener(t, numberedPost(999, 1, "is old"))
	require.Equal(t, readEverythingNew(t, l), l.heard)

	l.send(intent("AMAZON.StopIntent"))
	l.laterOn(time.Hour)
	require.True(t, strings.HasPrefix(l.send(intent("AMAZON.ResumeIntent")).SpokenText(), nothingToResume), "a reading that has ended is not kept")
}

// TestLosesNothingIfAlexaSpeaksFast is TestReadsEverythingNew for a listener who has set a higher speed. The service does not
// know the speed. So it may repeat sentences, but it must not lose any.
func TestLosesNothingIfAlexaSpeaksFast(t *testing.T) {
	for _, speed := range []int{15, 16, 17, 19, 22} {
		l := newListener(t, numberedPost(999, 1, "is old"))
		l.speed = speed
		want := readEverythingNew(t, l)
		var once []string
		for _, sentence := range l.heard {
			if !slices.Contains(once, sentence) {
				once = append(once, sentence)
			}
		}
		require.Equal(t, want, once)
		require.Less(t, len(l.heard)-len(once), 70, "at a speed of %d", speed)
	}
}

// readEverythingNew returns the sentences that a listener must hear.
func readEverythingNew(t *testing.T, l *listener) (want []string) {
	l.send(launch())
	l.send(intent("AMAZON.StopIntent"))
	l.laterOn(time.Hour)
	var posts []feed.Entry
	for n := 1; n <= 30; n++ {
		posts = append(posts, numberedPost(n, lengthOf(n), "is new"))
		switch n {
		case 12, 13, 29: // removed before they are reached
		case 15:
			want = append(want, sentencesOf(n, 4, "was edited")...)
		default:
			want = append(want, sentencesOf(n, lengthOf(n), "is new")...)
		}
	}
	l.publish(t, posts...)
	forget := func(numbers ...int) {
		for _, n := range numbers {
			_, ok, err := l.archive.Forget(t.Context(), posts[n-1].ID)
			require.NoError(t, err)
			require.True(t, ok)
		}
	}

	require.True(t, strings.HasPrefix(l.send(intent("ReadNewIntent")).SpokenText(), "There are 30 new posts. "), l.last.SpokenText())
	l.listen("")
	require.Contains(t, l.send(intent("AMAZON.YesIntent")).SpokenText(), "Sentence 1 of post 11 is new.")
	l.listen(fmt.Sprintf("Sentence %d of post 11 is new.", lengthOf(11)))
	require.Equal(t, keepsPlace, l.send(intent("AMAZON.PauseIntent")).SpokenText())
	require.True(t, l.last.HasEnded())

	l.laterOn(24 * time.Hour)
	forget(12, 13) // the next post
	forget(4)      // a post that was read
	l.publish(t, numberedPost(15, 4, "was edited"), numberedPost(2, 9, "was edited"), numberedPost(0, 5, "is newer"), numberedPost(-1, 5, "is newer"))
	l.restart()
	require.Contains(t, l.send(intent("AMAZON.ResumeIntent")).SpokenText(), "Next, from ")
	l.listen("Sentence 4 of post 15 was edited.")
	l.send(intent("AMAZON.StopIntent"))
	require.True(t, l.last.HasEnded())

	l.laterOn(time.Minute)
	l.restart()
	l.send(launch())
	l.laterOn(10 * time.Second)
	l.send(intent("AMAZON.ResumeIntent"))
	forget(29)
	spoken := ""
	for strings.HasSuffix(l.last.SpokenText(), goesOn) {
		spoken += l.last.SpokenText()
		l.listen("")
		l.send(intent("AMAZON.YesIntent"))
	}
	l.listen("")
	spoken += l.last.SpokenText()
	require.Contains(t, spoken, "Number 20. There's nothing to read in this one. ")
	require.True(t, strings.HasSuffix(l.last.SpokenText(), "That was the last one. I've read you 27 posts. "+asksElse), l.last.SpokenText())
	return want
}

// These are texts of reading several posts.
const (
	keepsPlace      = "Okay, I'll keep your place. Next time, just say “resume”."
	nothingToResume = "There's nothing to pick up from last time. "
	goesOn          = " Go on?"
)

// heardPosts returns the numbers of the posts in an answer, in order.
func heardPosts(a answer) (numbers []string) {
	for _, found := range regexp.MustCompile(`of post (\S+) `).FindAllStringSubmatch(a.SpokenText(), -1) {
		if len(numbers) == 0 || numbers[len(numbers)-1] != found[1] {
			numbers = append(numbers, found[1])
		}
	}
	return numbers
}

// newSeries returns a listener to whom the new posts are being read: posts of one part each, of about 20 seconds.
func newSeries(t *testing.T, posts int) *listener {
	l := newListener(t, numberedPost(999, 1, "is old"))
	l.send(launch())
	l.send(intent("AMAZON.StopIntent"))
	l.laterOn(time.Hour)
	for n := range posts {
		l.publish(t, numberedPost(n+1, 10, "is new"))
	}
	l.send(intent("ReadNewIntent"))
	require.Equal(t, "1", heardPosts(l.last)[0])
	return l
}

// TestInterruptsSeries sends a request some time after an answer that reads posts 1 to 13.
func TestInterruptsSeries(t *testing.T) {
	for _, row := range []struct {
		claim string
		after time.Duration // since the answer
		name  string
		want  string // the first post of the answer; "" if none
	}{
		{"next skips the post that is being spoken", 30 * time.Second, "AMAZON.NextIntent", "3"},
		{"next at the beginning skips the first post", 5 * time.Second, "AMAZON.NextIntent", "2"},
		{"previous goes before the post that is being spoken", 70 * time.Second, "AMAZON.PreviousIntent", "2"},
		{"repeat reads the post that is being spoken", 70 * time.Second, "AMAZON.RepeatIntent", "3"},
		{"start over reads the post that is being spoken", 70 * time.Second, "AMAZON.StartOverIntent", "3"},
		{"read it reads the post that is being spoken", 70 * time.Second, "ReadPostIntent", "3"},
		{"yes answers the question, so all was heard", 70 * time.Second, "AMAZON.YesIntent", "14"},
		{"resume answers the question", 70 * time.Second, "AMAZON.ResumeIntent", "14"},
		{"keep reading answers the question", 70 * time.Second, "ReadAllIntent", "14"},
		{"next after the question skips to the next post", time.Hour, "AMAZON.NextIntent", "14"},
		{"next at once was typed, so all was shown", time.Second, "AMAZON.NextIntent", "14"},
		{"previous after the question goes before the last post", time.Hour, "AMAZON.PreviousIntent", "12"},
		{"everything new begins again", 70 * time.Second, "ReadNewIntent", "1"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			l := newSeries(t, 40)
			require.Len(t, heardPosts(l.last), 13)
			l.laterOn(row.after)
			require.Equal(t, row.want, heardPosts(l.send(intent(row.name)))[0], l.last.SpokenText())
		})
	}
}

// TestResumesSeries ends a session in the middle of posts 1 to 13, and resumes in a new session.
func TestResumesSeries(t *testing.T) {
	end := func(reason string) *alexa.Envelope {
		e := request("SessionEndedRequest")
		e.Request.Reason = reason
		return e
	}
	for _, row := range []struct {
		claim string
		after time.Duration
		end   *alexa.Envelope // nil: no request
		want  string
	}{
		{"pause", 70 * time.Second, intent("AMAZON.PauseIntent"), "3"},
		{"stop", 70 * time.Second, intent("AMAZON.StopIntent"), "3"},
		{"cancel", 70 * time.Second, intent("AMAZON.CancelIntent"), "3"},
		{"exit", 70 * time.Second, end("USER_INITIATED"), "3"},
		{"silence after the question", 70 * time.Second, end("EXCEEDED_MAX_REPROMPTS"), "14"},
		{"Alexa refused the answer", time.Second, end("ERROR"), "1"},
		{"the session was lost", 70 * time.Second, nil, "1"},
		{"stop after the question", time.Hour, intent("AMAZON.StopIntent"), "14"},
		{"no answers the question", 70 * time.Second, intent("AMAZON.NoIntent"), "14"},
		{"help does not lose the place", 70 * time.Second, intent("AMAZON.HelpIntent"), "3"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			l := newSeries(t, 40)
			l.laterOn(row.after)
			if row.end != nil {
				l.send(row.end)
			}
			l.laterOn(time.Hour)
			l.last = answer{} // a new session
			l.restart()
			require.Equal(t, row.want, heardPosts(l.send(intent("AMAZON.ResumeIntent")))[0], l.last.SpokenText())
		})
	}
}

// TestResumesSinglePost interrupts the second part of a post, which takes about 70 seconds.
func TestResumesSinglePost(t *testing.T) {
	for _, row := range []struct {
		claim    string
		after    time.Duration
		requests []string
		want     string // beginning of the answer in a new session
	}{
		{"pause in the part", 20 * time.Second, []string{"AMAZON.PauseIntent"}, "Picking up where we left off in Long. Paragraph 3 begins here."},
		{"stop in the part", 20 * time.Second, []string{"AMAZON.StopIntent"}, "Picking up where we left off in Long. Paragraph 3 begins here."},
		{"pause after the question", 100 * time.Second, []string{"AMAZON.PauseIntent"}, "Picking up where we left off in Long. Paragraph 5 begins here."},
		{"no and no", 100 * time.Second, []string{"AMAZON.NoIntent", "AMAZON.NoIntent"}, "Picking up where we left off in Long. Paragraph 5 begins here."},
		{"a question in between", 20 * time.Second, []string{"AMAZON.HelpIntent", "AMAZON.StopIntent"}, "Picking up where we left off in Long. Paragraph 3 begins here."},
		{"another list in between", 100 * time.Second, []string{"ListPostsIntent:", "AMAZON.StopIntent"}, "Picking up where we left off in Long. Paragraph 5 begins here."},
		{"the listener went on to another post", 100 * time.Second, []string{"AMAZON.NextIntent", "AMAZON.StopIntent"}, nothingToResume},
		{"the post was read to its end", 100 * time.Second, []string{"AMAZON.YesIntent", "AMAZON.NoIntent", "AMAZON.StopIntent"}, nothingToResume},
		{"the end of the post was interrupted", 100 * time.Second, []string{"AMAZON.YesIntent", "wait", "AMAZON.StopIntent"}, "Picking up where we left off in Long. Paragraph 5 begins here."},
		{"the beginning was interrupted", 100 * time.Second, []string{"AMAZON.StartOverIntent", "wait", "AMAZON.PauseIntent"}, "Long. From Thursday. Paragraph 1 begins here."},
		{"the beginning of the next post was interrupted", 100 * time.Second, []string{"AMAZON.YesIntent", "AMAZON.YesIntent", "wait", "AMAZON.PauseIntent"}, "Older. From Wednesday. Old."},
	} {
		t.Run(row.claim, func(t *testing.T) {
			l := newListener(t, withText(postOn("2026-03-12", "Long"), longText(6)), withText(postOn("2026-03-11", "Older"), "<p>Old. "+strings.Repeat("And so on. ", 40)+"</p>"))
			sendAll(l.session, "ReadPostIntent:2026-03-12", "AMAZON.YesIntent")
			l.laterOn(row.after)
			for _, words := range row.requests {
				if words == "wait" {
					l.laterOn(10 * time.Second)
					continue
				}
				sendAll(l.session, words)
			}
			l.laterOn(time.Minute)
			l.last = answer{}
			l.restart()
			require.True(t, strings.HasPrefix(l.send(intent("AMAZON.ResumeIntent")).SpokenText(), row.want), l.last.SpokenText())
		})
	}
}

// TestPauseSaysHowToGoOn requires that the listener hears how to go on, if there is something to go on with.
func TestPauseSaysHowToGoOn(t *testing.T) {
	l := newListener(t, withText(postOn("2026-03-12", "Long"), longText(6)))
	require.Equal(t, "Goodbye.", l.send(intent("AMAZON.PauseIntent")).SpokenText())
	sendAll(l.session, "ReadPostIntent:")
	require.Equal(t, keepsPlace, l.send(intent("AMAZON.PauseIntent")).SpokenText())
	l.user = ""
	sendAll(l.session, "ReadPostIntent:")
	require.Equal(t, "Goodbye.", l.send(intent("AMAZON.PauseIntent")).SpokenText(), "without an account, the place cannot be kept")
}

// fromPerson sets the person whose voice Alexa recognized.
func fromPerson(person string, e *alexa.Envelope) *alexa.Envelope {
	e.Context.System.Person.PersonID = person
	return e
}

// TestPersonsHaveTheirOwnPlaces requires that two persons of an account do not share a place, that the end of a session,
// which has no voice, belongs to the person who began it, and that disabling the skill deletes both places.
func TestPersonsHaveTheirOwnPlaces(t *testing.T) {
	l := newListener(t, withText(postOn("2026-03-13", "First"), longText(6)), withText(postOn("2026-03-12", "Second"), longText(6)))
	begin := func(person, date string) {
		l.last = answer{}
		l.send(fromPerson(person, intent("ReadPostIntent", "Date", date)))
		l.laterOn(100 * time.Second)
	}
	resume := func(person string) string {
		l.last = answer{}
		return l.send(fromPerson(person, intent("AMAZON.ResumeIntent"))).SpokenText()
	}
	begin("ann", "2026-03-13")
	end := request("SessionEndedRequest")
	end.Request.Reason = "EXCEEDED_MAX_REPROMPTS"
	l.send(end)
	begin("ben", "2026-03-12")
	l.send(intent("AMAZON.PauseIntent")) // Alexa does not always recognize a voice
	require.True(t, strings.HasPrefix(resume("ann"), "Picking up where we left off in First. Paragraph 3 begins here."), l.last.SpokenText())
	require.True(t, strings.HasPrefix(resume("ben"), "Picking up where we left off in Second. Paragraph 3 begins here."), l.last.SpokenText())
	require.True(t, strings.HasPrefix(resume(""), nothingToResume), l.last.SpokenText())
	l.restart()
	l.send(withoutSession(request("AlexaSkillEvent.SkillDisabled")))
	l.restart()
	for _, person := range []string{"ann", "ben", ""} {
		require.True(t, strings.HasPrefix(resume(person), nothingToResume), "%s: %s", person, l.last.SpokenText())
	}
}

// TestPlaceOfChangedPost resumes a post that changed since the listener stopped.
func TestPlaceOfChangedPost(t *testing.T) {
	long := withText(postOn("2026-03-12", "Long"), longText(6))
	for _, row := range []struct {
		claim  string
		change func(*listener)
		want   string
	}{
		{"edited", func(l *listener) { l.publish(t, withText(long, longText(8))) },
			"Picking up where we left off in Long. The post has changed since we started, so I'll start over. Long. From Thursday. Paragraph 1"},
		{"removed", func(l *listener) {
			_, _, err := l.archive.Forget(t.Context(), long.ID)
			require.NoError(t, err)
		}, "That post isn't there anymore. The latest post is from Wednesday: Older."},
		{"without a text now", func(l *listener) { l.publish(t, postOn("2026-03-12", "Long")) }, "Picking up where we left off in Long. This post doesn't have any text for me to read."},
	} {
		t.Run(row.claim, func(t *testing.T) {
			l := newListener(t, long, postOn("2026-03-11", "Older"))
			sendAll(l.session, "ReadPostIntent:2026-03-12", "AMAZON.StopIntent")
			row.change(l)
			require.True(t, strings.HasPrefix(l.send(intent("AMAZON.ResumeIntent")).SpokenText(), row.want), l.last.SpokenText())
		})
	}
}

// TestReadsLists reads the lists of each source to their ends, with removed and added posts in between.
func TestReadsLists(t *testing.T) {
	for _, row := range []struct {
		claim    string
		requests []string
		want     []string
	}{
		{"the newest posts", []string{"ListPostsIntent:"}, []string{"1", "2", "3", "4", "5", "6", "7", "8"}},
		{"a period", []string{"ListPostsIntent:2026-03-14"}, []string{"1", "2", "3", "4", "5", "6", "7", "8"}},
		{"a search", []string{"SearchPostsIntent:sentence"}, []string{"1", "2", "3", "4", "5", "6", "7", "8"}},
		{"a category", []string{"CategoryPostsIntent:Even"}, []string{"2", "4", "6", "8"}},
		{"a list after its second page", []string{"ListPostsIntent:", "AMAZON.NextIntent"}, []string{"1", "2", "3", "4", "5", "6", "7", "8"}},
		{"a list, from the chosen post on", []string{"CategoryPostsIntent:Even", "SelectPostIntent:2"}, []string{"4", "6", "8"}},
		{"a post of the newest, and the older ones", []string{"ListPostsIntent:", "SelectPostIntent:3"}, []string{"3", "4", "5", "6", "7", "8"}},
		{"the last post of a list, and the older ones", []string{"CategoryPostsIntent:Even", "AMAZON.NextIntent", "SelectPostIntent:4"}, []string{"8"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			var posts []feed.Entry
			for n := 1; n <= 8; n++ {
				p := numberedPost(n, 35, "is new")
				if n%2 == 0 {
					p = withCategories(p, "Even")
				}
				posts = append(posts, p)
			}
			k := newFixture(t, saturday, posts...).newSession(t)
			sendAll(k, row.requests...)
			heard := heardPosts(k.send(intent("ReadAllIntent")))
			for n := 100; strings.HasSuffix(k.last.SpokenText(), goesOn); n++ {
				if last := heard[len(heard)-1]; !slices.Contains(heard[:len(heard)-1], last) {
					index, _ := strconv.Atoi(last)
					_, _, err := k.archive.Forget(t.Context(), posts[index-1].ID)
					require.NoError(t, err)
				}
				k.publish(t, withCategories(numberedPost(-n, 1, "is newer"), "Even"))
				more := k.send(intent("AMAZON.YesIntent"))
				for _, number := range heardPosts(more) {
					if !slices.Contains(heard, number) {
						heard = append(heard, number)
					}
				}
			}
			require.Equal(t, row.want, heard)
			require.Regexp(t, "That was the |That's the last one", k.last.SpokenText())
		})
	}
}

// TestSeriesWithoutPosts requires an answer to requests for several posts if there are none.
func TestSeriesWithoutPosts(t *testing.T) {
	l := newListener(t, withText(postOn("2026-03-10", "Old"), "<p>Text.</p>"))
	l.expect(firstVisit+latestOld+asksRead, "ReadNewIntent")
	l.last = answer{}
	l.expect(nothingNew+latestOld+asksRead, "ReadAllIntent")
	l.publish(t, withText(postOn("2026-03-12", "One"), "<p>Text.</p>"))
	l.last = answer{}
	l.expect("There's one new post. One. From Thursday. Text. That's the last one. "+asksElse, "ReadNewIntent")
}

// TestSeriesEdges goes back at the first post and on after the last one.
func TestSeriesEdges(t *testing.T) {
	l := newSeries(t, 3)
	require.Equal(t, []string{"1", "2", "3"}, heardPosts(l.last))
	l.laterOn(5 * time.Second)
	l.expect("That's the first one."+goesOn, "AMAZON.PreviousIntent")
	require.Equal(t, []string{"1", "2", "3"}, heardPosts(l.send(intent("AMAZON.YesIntent"))))
	l.laterOn(62 * time.Second)
	l.expect("That was the last one. I've read you three posts. "+asksElse, "AMAZON.NextIntent")
	l.last = answer{}
	require.True(t, strings.HasPrefix(l.send(intent("AMAZON.ResumeIntent")).SpokenText(), nothingToResume), l.last.SpokenText())
}

// TestSeriesOfShortPosts requires that the number of posts in an answer is limited, and that each of them is spoken.
func TestSeriesOfShortPosts(t *testing.T) {
	var posts []feed.Entry
	for n := 1; n <= 60; n++ {
		posts = append(posts, numberedPost(n, 1, "is new"))
	}
	k := newFixture(t, saturday, posts...).newSession(t, "Alexa.Presentation.APL")
	sendAll(k, "ListPostsIntent:", "ReadAllIntent")
	require.Len(t, heardPosts(k.last), 25)
	require.Equal(t, "26", heardPosts(k.send(intent("AMAZON.YesIntent")))[0])
	require.Equal(t, "half elf", cardTitle(k.last))
}

// TestPauseKeepsOfferedPost requires that a pause at the offer of the next post keeps that post for a later "resume".
func TestPauseKeepsOfferedPost(t *testing.T) {
	l := newListener(t, numberedPost(1, 2, "is new"), numberedPost(2, 2, "is new"), numberedPost(3, 2, "is new"))
	l.send(intent("ReadPostIntent"))
	l.listen("")
	require.Equal(t, "Okay, I'll keep your place. Next time, just say “resume”.", l.send(intent("AMAZON.PauseIntent")).SpokenText())
	l.laterOn(24 * time.Hour)
	l.send(launch())
	require.Contains(t, l.send(intent("AMAZON.ResumeIntent")).SpokenText(), "Sentence 1 of post 2 is new.")
	l.listen("")
	l.send(intent("AuthorIntent"))
	l.send(intent("AMAZON.PauseIntent"))
	l.laterOn(24 * time.Hour)
	require.Contains(t, l.send(intent("AMAZON.ResumeIntent")).SpokenText(), "Sentence 1 of post 3 is new.")
}

// TestPauseAfterTheEnd requires that a pause after the end does not promise a place that "resume" does not find.
func TestPauseAfterTheEnd(t *testing.T) {
	for _, name := range []string{"ReadAllIntent", "ReadPostIntent"} {
		l := newListener(t, numberedPost(1, 2, "is new"))
		l.send(intent("ListPostsIntent"))
		l.send(intent(name))
		l.listen("")
		require.Equal(t, "Goodbye.", l.send(intent("AMAZON.PauseIntent")).SpokenText(), name)
		require.True(t, strings.HasPrefix(l.send(intent("AMAZON.ResumeIntent")).SpokenText(), nothingToResume), name)
	}
}

// TestOpensSeriesWithoutNext requires that a post is called the next one only if it follows the one before.
func TestOpensSeriesWithoutNext(t *testing.T) {
	l := newListener(t, numberedPost(1, 3, "is new"), numberedPost(2, 3, "is new"), numberedPost(3, 3, "is new"))
	l.send(intent("ListPostsIntent"))
	l.send(intent("ReadAllIntent"))
	l.listen("Sentence 1 of post 2 is new.")
	l.send(intent("AMAZON.PauseIntent"))
	l.laterOn(time.Hour)
	require.True(t, strings.HasPrefix(l.send(intent("AMAZON.ResumeIntent")).SpokenText(), "Number 2. From today. Sentence 1 of post 2"), l.last.SpokenText())
	require.Contains(t, l.last.SpokenText(), "Next, from today: Number 3.")
	l.listen("Sentence 1 of post 3 is new.")
	require.True(t, strings.HasPrefix(l.send(intent("AMAZON.PreviousIntent")).SpokenText(), "Number 2. From today."), l.last.SpokenText())
	l.listen("Sentence 1 of post 2 is new.")
	require.True(t, strings.HasPrefix(l.send(intent("AMAZON.NextIntent")).SpokenText(), "Next, from today: Number 3."), l.last.SpokenText())
}

// TestLosesNothingWithLongAliases requires that the time of a pronunciation counts: Alexa needs longer for it than for the word.
func TestLosesNothingWithLongAliases(t *testing.T) {
	var posts []feed.Entry
	for n := 1; n <= 5; n++ {
		p := numberedPost(n, 20, "is new")
		posts = append(posts, withText(p, strings.ReplaceAll(p.Content, ".</p>", ".</p><p>W3C, W3C, W3C.</p>")))
	}
	l := newListener(t, posts...)
	l.Settings.Pronounce = alexa.NewLexicon([]alexa.Pronunciation{{Word: "W3C", Alias: "World Wide Web Consortium"}})
	l.send(intent("ListPostsIntent"))
	l.send(intent("ReadAllIntent"))
	l.listen("Sentence 15 of post 1 is new.")
	l.send(intent("AMAZON.PauseIntent"))
	l.laterOn(time.Hour)
	l.send(intent("AMAZON.ResumeIntent"))
	resumed := sentencePattern.FindString(l.last.Body.OutputSpeech.SSML)
	require.Contains(t, append(l.heard, "Sentence 16 of post 1 is new."), resumed, "text was lost")
}

// TestSeriesOfLongSearch reads more posts than a search finds. The end must not say that there are no more.
func TestSeriesOfLongSearch(t *testing.T) {
	k := newFixture(t, saturday, gardenPosts(65)...).newSession(t)
	sendAll(k, "SearchPostsIntent:garden", "ReadAllIntent")
	for range 10 {
		if !strings.HasSuffix(k.last.SpokenText(), " posts. "+asksElse) {
			sendAll(k, "AMAZON.YesIntent")
		}
	}
	require.Contains(t, k.last.SpokenText(), "That's as far as my search goes. I've read you 60 posts. ")
}
