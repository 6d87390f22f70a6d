// Finding models by name, and what a wrong name or size says.
#include <gtest/gtest.h>

#include "core/error.h"
#include "workloads/load/load_model.h"
#include "workloads/model/model.h"

namespace scalesim::workloads {
namespace {

Model load(const std::string& name, const ModelOptions& options = {}) {
  return load_model(name, options, DataCatalogue::embedded());
}

TEST(Zoo, NamesDifferInCaseAndPunctuationOnly) {
  EXPECT_EQ(load("ResNet-50").name, "resnet50");
  EXPECT_EQ(load("Llama_3.1_8B").name, "llama3.1-8b");
  EXPECT_EQ(load("llama31_8b").name, "llama3.1-8b");
  EXPECT_EQ(load("gpt3-13B").name, "gpt3-13b");
  EXPECT_EQ(load("gpt3-1.3B").name, "gpt3-1.3b");
  EXPECT_EQ(load("Llama-2-7b-hf").name, "llama2-7b");
  EXPECT_EQ(load("bert-large-uncased").name, "bert-large");
}

TEST(Zoo, UnknownNameNamesTheNearest) {
  try {
    load("resnet19");
    FAIL();
  } catch (const InputError& wrong) {
    EXPECT_NE(std::string(wrong.what()).find("resnet1"), std::string::npos) << wrong.what();
  }
}

TEST(Zoo, ImageTooSmallIsTheUsersToMend) {
  EXPECT_THROW(load("vgg16", {.sequence = {}, .image = 16}), InputError);
}

TEST(Zoo, DataModelsOfTheZooStateTheirOwnName) {
  const DataCatalogue data = DataCatalogue::embedded();
  for (const std::string& name : data.names("models")) EXPECT_EQ(load_model(name, {}, data).name, name);
}

}  // namespace
}  // namespace scalesim::workloads
