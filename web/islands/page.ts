// What every page has: parts that reload themselves. The page says what to load and when; this only carries it out.
import htmx from "htmx.org";

// The content security policy forbids both, and htmx would try.
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
// A part comes from the hub itself or not at all.
htmx.config.selfRequestsOnly = true;
