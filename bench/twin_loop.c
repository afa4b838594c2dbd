/* A plain event loop in C for a row of stages, as fast as one writes it without further thought: the near
   limit of what a compiled event loop does. Lanes that end, in a binary heap; trucks in line, in lists. */

#include <stdlib.h>

#define RANKS 2
#define MOST_LANES 64

typedef struct { double enter, start, end; } times_t;
typedef struct { double time; int lane; } event_t;

static int before(event_t a, event_t b) { return a.time < b.time || (a.time == b.time && a.lane < b.lane); }

static void push(event_t *heap, int *size, event_t event) {
    int at = (*size)++;
    while (at > 0 && before(event, heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = event;
}

static event_t pop(event_t *heap, int *size) {
    event_t first = heap[0], last = heap[--*size];
    int at = 0;
    for (int child; (child = 2 * at + 1) < *size; at = child) {
        if (child + 1 < *size && before(heap[child + 1], heap[child])) child++;
        if (!before(heap[child], last)) break;
        heap[at] = heap[child];
    }
    heap[at] = last;
    return first;
}

/* trucks: how many; stages: how many; lanes: of each stage; visits: of each truck, a bit for each stage;
   ranks: of each truck at each stage; service, times: [trucks][stages]. Returns the events, one for an arrival
   and one for an end of service at each stage. */
long run(int trucks, int stages, const int *lanes, const double *arrival, const int *visits,
         const unsigned char *ranks, const double *service, times_t *times) {
    int first_lane[MOST_LANES + 1], stage_of[MOST_LANES], truck_in[MOST_LANES], size = 0, came = 0;
    int head[MOST_LANES][RANKS], tail[MOST_LANES][RANKS];
    int *behind = malloc(sizeof(int) * (size_t)(trucks ? trucks : 1));
    event_t heap[MOST_LANES];
    long events = 0;
    first_lane[0] = 0;
    for (int stage = 0; stage < stages; stage++) {
        first_lane[stage + 1] = first_lane[stage] + lanes[stage];
        for (int lane = first_lane[stage]; lane < first_lane[stage + 1]; lane++) {
            stage_of[lane] = stage;
            truck_in[lane] = -1;
        }
        for (int rank = 0; rank < RANKS; rank++) head[stage][rank] = tail[stage][rank] = -1;
    }
    while (came < trucks || size) {
        int truck, stage, ended = -1;
        double now;
        if (size && (came == trucks || heap[0].time <= arrival[came])) {
            event_t event = pop(heap, &size);
            now = event.time;
            ended = event.lane;
            truck = truck_in[ended];
            stage = stage_of[ended];
            times[(size_t)truck * stages + stage].end = now;
            truck_in[ended] = -1;
            events++;
            stage++;
        } else {
            truck = came;
            now = arrival[came++];
            stage = 0;
        }
        while (stage < stages && !(visits[truck] >> stage & 1)) stage++;
        if (stage < stages) {
            times_t *here = &times[(size_t)truck * stages + stage];
            int lane = first_lane[stage];
            here->enter = now;
            events++;
            while (lane < first_lane[stage + 1] && truck_in[lane] >= 0) lane++;
            if (lane < first_lane[stage + 1]) {
                truck_in[lane] = truck;
                here->start = now;
                push(heap, &size, (event_t){now + service[(size_t)truck * stages + stage], lane});
            } else {
                int rank = ranks[(size_t)truck * stages + stage];
                behind[truck] = -1;
                if (head[stage][rank] < 0) head[stage][rank] = truck;
                else behind[tail[stage][rank]] = truck;
                tail[stage][rank] = truck;
            }
        }
        if (ended >= 0) {
            int own = stage_of[ended], rank = 0;
            while (rank < RANKS && head[own][rank] < 0) rank++;
            if (rank < RANKS) {
                int next = head[own][rank];
                head[own][rank] = behind[next];
                truck_in[ended] = next;
                times[(size_t)next * stages + own].start = now;
                push(heap, &size, (event_t){now + service[(size_t)next * stages + own], ended});
            }
        }
    }
    free(behind);
    return events;
}
