// Runs one operation on the NPU and compares the result with its own: client DRIVER OPERATION
//
//   client rknpu conv        client rocket add        client rknpu threads        client rknpu many 1000
//
// Exit code 0: equal within half a unit of f16. Values are small multiples of 1/8, so that sums are
// exact wherever f32 accumulates.
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job_file.h"
#include "npu.h"
#include "programs.h"

typedef _Float16 f16;

static unsigned seed_of(const char* text) {
  unsigned seed = 1;
  for (; *text; ++text) seed = seed * 31 + (unsigned char)*text;
  return seed;
}

static void fill(f16* values, size_t count, unsigned seed) {
  for (size_t i = 0; i < count; ++i) {
    seed = seed * 1664525 + 1013904223;
    values[i] = (f16)((float)((int)(seed >> 24 & 15) - 8) / 8);
  }
}

// Element (c, y, x) of a cube of w x h pixels.
static size_t at(unsigned w, unsigned h, unsigned c, unsigned y, unsigned x) {
  return (((size_t)(c / 8) * h + y) * w + x) * 8 + c % 8;
}

static int report(const char* name, size_t count, double worst) {
  printf("%s: %zu values, worst difference %g\n", name, count, worst);
  return worst == 0 ? 0 : 1;
}

static int failed(const char* what, int error) {
  fprintf(stderr, "%s: %s\n", what, strerror(error < 0 ? -error : error));
  return 2;
}

// Kernels in groups of 16, channels in blocks of 32.
static size_t weight_at(const struct conv* c, unsigned k, unsigned ch, unsigned y, unsigned x) {
  const unsigned s = c->size, g = k / 16, b = ch / 32;
  const unsigned kn = c->kernels - g * 16 < 16 ? c->kernels - g * 16 : 16;
  const unsigned cn = c->channels - b * 32 < 32 ? c->channels - b * 32 : 32;
  return (size_t)g * 16 * c->channels * s * s + (size_t)b * 32 * s * s * kn +
         ((size_t)(y * s + x) * kn + (k - g * 16)) * cn + (ch - b * 32);
}

static double conv_error(const struct conv* c, const f16* in, const f16* weights, const f16* out) {
  const unsigned ow = c->width - c->size + 1, oh = c->height - c->size + 1;
  double worst = 0;
  for (unsigned k = 0; k < c->kernels; ++k)
    for (unsigned y = 0; y < oh; ++y)
      for (unsigned x = 0; x < ow; ++x) {
        double sum = 0;
        for (unsigned ch = 0; ch < c->channels; ++ch)
          for (unsigned dy = 0; dy < c->size; ++dy)
            for (unsigned dx = 0; dx < c->size; ++dx)
              sum += (double)in[at(c->width, c->height, ch, y + dy, x + dx)] *
                     (double)weights[weight_at(c, k, ch, dy, dx)];
        worst = fmax(worst, fabs((double)(f16)sum - (double)out[at(ow, oh, k, y, x)]));
      }
  return worst;
}

struct session {
  struct npu npu;
  struct buffer commands, table, a, b, output;
};

static int begin(struct session* s, const char* driver, size_t a, size_t b, size_t output) {
  s->npu = npu_open(driver);
  if (s->npu.fd < 0) return failed("open", -1);
  s->commands = npu_buffer(&s->npu, 65536);
  s->table = npu_buffer(&s->npu, 4096);
  s->a = npu_buffer(&s->npu, a);
  s->b = npu_buffer(&s->npu, b);
  s->output = npu_buffer(&s->npu, output);
  if (!s->commands.data || !s->table.data || !s->a.data || !s->b.data || !s->output.data)
    return failed("buffers", -1);
  return 0;
}

static void end(struct session* s) {
  struct buffer* all[] = {&s->commands, &s->table, &s->a, &s->b, &s->output};
  for (size_t i = 0; i < 5; ++i) npu_free(&s->npu, all[i]);
  npu_close(&s->npu);
}

static struct job job_of(struct session* s) {
  struct job job;
  memset(&job, 0, sizeof job);
  job.commands = &s->commands, job.table = &s->table;
  job.reads[job.read_count++] = &s->a, job.reads[job.read_count++] = &s->b;
  job.writes[job.write_count++] = &s->output;
  return job;
}

static int run_conv(const char* driver, const char* name, struct conv c) {
  const unsigned ow = c.width - c.size + 1, oh = c.height - c.size + 1;
  const size_t inputs = (size_t)c.width * c.height * c.channels;
  const size_t weights = (size_t)c.size * c.size * c.channels * c.kernels;
  const size_t outputs = (size_t)ow * oh * c.kernels;
  struct session s;
  if (begin(&s, driver, inputs * 2, weights * 2, outputs * 2) != 0) return 2;
  fill(s.a.data, inputs, seed_of(name)), fill(s.b.data, weights, seed_of(driver));
  c.input = s.a.address, c.weights = s.b.address, c.output = s.output.address;
  uint64_t words[most_words];
  struct job job = job_of(&s);
  npu_add_task(&job, words, conv_words(words, &c), conv_enable, dpu_interrupt);
  const int error = npu_run(&s.npu, &job);
  if (error != 0) return failed("run", error);
  const int result = report(name, outputs, conv_error(&c, s.a.data, s.b.data, s.output.data));
  end(&s);
  return result;
}

static int conv(const char* driver) {
  return run_conv(driver, "conv", (struct conv){12, 9, 48, 32, 3, 0, 0, 0});
}

// A[M][K] as a cube of one column.
static int matmul(const char* driver) {
  return run_conv(driver, "matmul", (struct conv){1, 24, 64, 48, 1, 0, 0, 0});
}

static int add(const char* driver) {
  const struct add shape = {7, 5, 24, 0, 0, 0};
  const size_t count = 7 * 5 * 24;
  struct session s;
  if (begin(&s, driver, count * 2, count * 2, count * 2) != 0) return 2;
  fill(s.a.data, count, 3), fill(s.b.data, count, 5);
  struct add a = shape;
  a.a = s.a.address, a.b = s.b.address, a.output = s.output.address;
  uint64_t words[most_words];
  struct job job = job_of(&s);
  npu_add_task(&job, words, add_words(words, &a), add_enable, dpu_interrupt);
  const int error = npu_run(&s.npu, &job);
  if (error != 0) return failed("run", error);
  double worst = 0;
  const f16 *x = s.a.data, *y = s.b.data, *z = s.output.data;
  for (size_t i = 0; i < count; ++i)
    worst = fmax(worst, fabs((double)x[i] + (double)y[i] - (double)z[i]));
  end(&s);
  return report("add", count, worst);
}

static int pool(const char* driver) {
  struct pool p = {8, 6, 16, 2, 0, 0};
  const size_t inputs = 8 * 6 * 16, outputs = 4 * 3 * 16;
  struct session s;
  if (begin(&s, driver, inputs * 2, 4096, outputs * 2) != 0) return 2;
  fill(s.a.data, inputs, 7);
  p.input = s.a.address, p.output = s.output.address;
  uint64_t words[most_words];
  struct job job = job_of(&s);
  npu_add_task(&job, words, pool_words(words, &p), pool_enable, ppu_interrupt);
  const int error = npu_run(&s.npu, &job);
  if (error != 0) return failed("run", error);
  double worst = 0;
  const f16 *in = s.a.data, *out = s.output.data;
  for (unsigned c = 0; c < 16; ++c)
    for (unsigned y = 0; y < 3; ++y)
      for (unsigned x = 0; x < 4; ++x) {
        double best = -INFINITY;
        for (unsigned i = 0; i < 4; ++i)
          best = fmax(best, (double)in[at(8, 6, c, y * 2 + i / 2, x * 2 + i % 2)]);
        worst = fmax(worst, fabs(best - (double)out[at(4, 3, c, y, x)]));
      }
  end(&s);
  return report("pool", outputs, worst);
}

// output = conv(a), then output = output + output, three times: each task reads what the last one
// wrote.
static int chain(const char* driver) {
  struct conv c = {6, 6, 16, 16, 1, 0, 0, 0};
  const size_t count = 6 * 6 * 16;
  struct session s;
  if (begin(&s, driver, count * 2, 16 * 16 * 2, count * 2) != 0) return 2;
  fill(s.a.data, count, 11), fill(s.b.data, 16 * 16, 13);
  c.input = s.a.address, c.weights = s.b.address, c.output = s.output.address;
  const struct add twice = {6, 6, 16, c.output, c.output, c.output};
  uint64_t words[most_words];
  struct job job = job_of(&s);
  npu_add_task(&job, words, conv_words(words, &c), conv_enable, dpu_interrupt);
  for (int i = 0; i < 3; ++i)
    npu_add_task(&job, words, add_words(words, &twice), add_enable, dpu_interrupt);
  const int error = npu_run(&s.npu, &job);
  if (error != 0) return failed("run", error);
  f16* out = s.output.data;
  for (size_t i = 0; i < count; ++i) out[i] = (f16)((float)out[i] / 8);
  const int result = report("chain", count, conv_error(&c, s.a.data, s.b.data, out));
  end(&s);
  return result;
}

// Two convolutions, the second over the map that the first one wrote, on several cores: each makes
// some of the kernels, and needs what all cores made of the first. `kernels` of both are 48.
enum { layer_kernels = 48 };

static void add_layer_part(struct job* job, const struct conv* layer, unsigned first,
                           unsigned count, uint64_t scratch, int last) {
  struct conv part = *layer;
  const unsigned s = layer->size;
  part.kernels = count;
  part.weights += (uint64_t)first * layer->channels * s * s * 2;
  part.output += (uint64_t)first / 8 * (layer->width - s + 1) * (layer->height - s + 1) * 16;
  uint64_t words[most_words];
  npu_add_task(job, words, conv_words(words, &part), conv_enable, dpu_interrupt);
  if (last) npu_add_task(job, words, barrier_words(words, scratch), pool_enable, ppu_interrupt);
}

static int run_layers(struct session* s, const struct conv* one, const struct conv* two,
                      unsigned cores, uint64_t scratch) {
  struct job job = job_of(s);
  const unsigned share = layer_kernels / 16 / cores * 16;
  for (unsigned core = 0; core < cores; ++core) {
    const unsigned first = core * share;
    const unsigned count = core + 1 < cores ? share : layer_kernels - first;
    if (core > 0) npu_next_core(&job);
    add_layer_part(&job, one, first, count, scratch + 64 * core, cores > 1);
    add_layer_part(&job, two, first, count, scratch + 64 * core, cores > 1);
  }
  return npu_run(&s->npu, &job);
}

static int layers(const char* driver, const char* name, unsigned cores) {
  struct conv one = {11, 10, 32, layer_kernels, 3, 0, 0, 0};
  struct conv two = {9, 8, layer_kernels, layer_kernels, 3, 0, 0, 0};
  const size_t inputs = 11 * 10 * 32, middle = 9 * 8 * layer_kernels,
               outputs = 7 * 6 * layer_kernels;
  const size_t first_weights = 9 * 32 * layer_kernels,
               weights = 9 * (32 + layer_kernels) * layer_kernels;
  struct session s;
  if (begin(&s, driver, inputs * 2, weights * 2, (middle + outputs) * 2 + 3 * 64) != 0) return 2;
  fill(s.a.data, inputs, 17), fill(s.b.data, weights, 19);
  one.input = s.a.address, one.weights = s.b.address, one.output = s.output.address;
  two.input = one.output, two.weights = one.weights + first_weights * 2;
  two.output = two.input + middle * 2;
  const uint64_t scratch = two.output + outputs * 2;
  int error = run_layers(&s, &one, &two, 1, scratch);
  if (error != 0) return failed("run on one core", error);
  f16 *map = s.output.data, *result = map + middle, *kept = malloc(outputs * 2);
  memcpy(kept, result, outputs * 2), memset(map, 0xff, (middle + outputs) * 2);
  error = run_layers(&s, &one, &two, cores, scratch);
  if (error != 0) return failed("run", error);
  const f16* w = s.b.data;
  const double worst =
      fmax(conv_error(&one, s.a.data, w, map), conv_error(&two, map, w + first_weights, result));
  const int equal = memcmp(kept, result, outputs * 2) == 0;
  free(kept);
  end(&s);
  if (!equal) return failed("other bytes than on one core", EPROTO);
  return report(name, outputs, worst);
}

static int layers2(const char* driver) {
  return layers(driver, "layers2", 2);
}
static int layers3(const char* driver) {
  return layers(driver, "layers3", 3);
}

static void* thread(void* driver) {
  for (int i = 0; i < 20; ++i)
    if (matmul(driver) != 0) return driver;
  return NULL;
}

static int threads(const char* driver) {
  pthread_t a, b;
  void *bad_a = NULL, *bad_b = NULL;
  pthread_create(&a, NULL, thread, (void*)driver);
  pthread_create(&b, NULL, thread, (void*)driver);
  pthread_join(a, &bad_a), pthread_join(b, &bad_b);
  return bad_a || bad_b;
}

// The same small addition again and again, with other numbers each time.
static int many(const char* driver, int times) {
  const size_t count = 8;
  struct session s;
  if (begin(&s, driver, count * 2, count * 2, count * 2) != 0) return 2;
  struct add a = {1, 1, 8, s.a.address, s.b.address, s.output.address};
  uint64_t words[most_words];
  double worst = 0;
  const f16 *x = s.a.data, *y = s.b.data, *z = s.output.data;
  struct job job = job_of(&s);
  npu_add_task(&job, words, add_words(words, &a), add_enable, dpu_interrupt);
  for (int i = 0; i < times; ++i) {
    fill(s.a.data, count, (unsigned)i), fill(s.b.data, count, (unsigned)i + 1);
    const int error = npu_run(&s.npu, &job);
    if (error != 0) return failed("run", error);
    for (size_t k = 0; k < count; ++k)
      worst = fmax(worst, fabs((double)x[k] + (double)y[k] - (double)z[k]));
  }
  end(&s);
  return report("many", (size_t)times, worst);
}

int main(int argc, char** argv) {
  if (argc == 4 && strcmp(argv[2], "many") == 0) return many(argv[1], atoi(argv[3]));
  const struct {
    const char* name;
    int (*run)(const char*);
  } operations[] = {{"conv", conv},       {"matmul", matmul},  {"add", add},
                    {"pool", pool},       {"chain", chain},    {"threads", threads},
                    {"layers2", layers2}, {"layers3", layers3}};
  for (size_t i = 0; argc == 3 && i < sizeof operations / sizeof operations[0]; ++i)
    if (strcmp(argv[2], operations[i].name) == 0) return operations[i].run(argv[1]);
  if (argc == 5 && strcmp(argv[2], "file") == 0) return run_job_file(argv[1], argv[3], argv[4]);
  fprintf(stderr,
          "usage: client rknpu|rocket conv|matmul|add|pool|chain|threads|layers2|layers3\n"
          "       client rknpu|rocket many TIMES\n"
          "       client rknpu file JOB CONTENT\n");
  return 2;
}
