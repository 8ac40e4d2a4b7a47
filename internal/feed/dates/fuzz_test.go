package dates

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"Wed, 03 Jun 2026 10:00:00 +0000 (UTC)", "2026-06-03T10:00:00.5+02:00", "6/3/2026 2:15:00 PM", "03.06.2026", "20260603T100000Z",
		"1780480800000", "Thu, 25 Feb 2016 00:00:00 Europe/Brussels", "026, 3 Jun 26 22:43:38 GMT+2", "2026年6月3日 午後3時5分", "3 มิ.ย. 2569",
		"mar., 3 mars 2026 14h30", "2004-júlus-13T9:15-05:00", "٣ يونيو ٢٠٢٦", "2003-335", "((((", "2026-06-03-07:00", "m=+0.1", "Thg 6",
	} {
		f.Add(text, "en-US")
	}
	zone := time.FixedZone("", -7*60*60)
	f.Fuzz(func(t *testing.T, text, language string) {
		d := Parse(text)
		r := Resolver{Zone: zone, Language: language}
		r.Note(d)
		at := r.Time(d)
		require.Equal(t, d.IsZero(), at.IsZero())
		require.Equal(t, d, Parse(text), "the result depends on the text alone")
		if d.IsZero() {
			return
		}
		require.True(t, at.Year() >= minYear-1 && at.Year() <= maxYear+1, at)
		require.Equal(t, time.UTC, at.Location())
		require.LessOrEqual(t, len(r.Offsets()), 1)
		require.False(t, StableTime(d).IsZero())
		// The service's own format keeps the time.
		require.Equal(t, at, r.Time(Parse(at.Format(time.RFC3339))))
		require.Equal(t, at, r.Time(Parse(at.Format(time.RFC1123Z))))
	})
}

// TestHostileTexts bounds the time and the memory of one date.
func TestHostileTexts(t *testing.T) {
	for _, piece := range []string{"(", "1", "1:", "a.", "a/", "+1", "Jan ", "年", "\u0301", "\xff", "-", "1.1.", "T1", "\U0001d7ce"} {
		text := strings.Repeat(piece, 1<<20/len(piece))
		start := time.Now()
		allocated := testing.AllocsPerRun(1, func() { require.Zero(t, Parse(text)) })
		require.Less(t, allocated, 2000.0, piece)
		require.Less(t, time.Since(start), time.Second, piece)
	}
}

// BenchmarkParse reads and resolves dates: 15,000 of them must take less than 1.5 s.
func BenchmarkParse(b *testing.B) {
	for name, text := range map[string]string{
		"RFC 822":           "Wed, 03 Jun 2026 10:00:00 +0000",
		"RFC 3339":          "2026-06-03T10:00:00+02:00",
		"another language":  "Ср, 03 Июн 2026 10:09:29 +0300",
		"name of a zone":    "Thu, 25 Feb 2016 00:00:00 Europe/Brussels",
		"order of the date": "6/3/2026 2:15:00 PM",
		"hostile":           strings.Repeat("é1:", 1000),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			r := Resolver{Zone: time.FixedZone("", -7*60*60), Language: "en-US"}
			for b.Loop() {
				d := Parse(text)
				r.Note(d)
				r.Time(d)
			}
		})
	}
}
