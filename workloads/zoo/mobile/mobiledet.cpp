// MobileDets' backbones for CPU, DSP and EdgeTPU, as block strings (workloads/build/mobile_blocks.h). arXiv
// 2004.14525; structure from tensorflow/models ssd_mobiledet_feature_extractor.py. The SSDLite head is not
// part of the backbone.
#include "workloads/build/mobile_blocks.h"
#include "workloads/build/variants.h"

namespace scalesim::workloads {
namespace {

constexpr std::string_view kCpu =
    "ds_r1_k3_s1_c8_se0.25_noskip|ir_r1_k3_s2_e4_c16_se0.25|ir_r1_k3_s2_e8_c32_se0.25 "
    "ir_r3_k3_s1_e4_c32_se0.25|"
    "ir_r1_k5_s2_e8_c72_se0.25 ir_r1_k3_s1_e8_c72_se0.25 ir_r1_k5_s1_e4_c72_se0.25 ir_r1_k3_s1_e4_c72_se0.25 "
    "ir_r1_k3_s1_e8_c72_se0.25_noskip ir_r3_k3_s1_e8_c72_se0.25|"
    "ir_r1_k5_s2_e8_c104_se0.25 ir_r2_k5_s1_e4_c104_se0.25 ir_r1_k3_s1_e4_c104_se0.25 "
    "ir_r1_k3_s1_e8_c144_se0.25";
constexpr std::string_view kDsp =
    "ds_r1_k3_s1_c24_noskip|er_r1_k3_s2_e4_c32 er_r1_k3_s1_e4_c32 ir_r1_k3_s1_e4_c32 "
    "tk_r1_k3_s1_x0.25_e0.75_c32|"
    "er_r1_k3_s2_e8_c64 ir_r1_k3_s1_e4_c64 er_r2_k3_s1_e4_c64|"
    "er_r1_k3_s2_e8_c120 ir_r1_k3_s1_e4_c120 ir_r2_k3_s1_e8_c120 er_r1_k3_s1_e8_c144 ir_r3_k3_s1_e8_c144|"
    "ir_r1_k3_s2_e4_c160 ir_r1_k3_s1_e4_c160 er_r1_k3_s1_e4_c160 tk_r1_k3_s1_x0.75_e0.75_c160 "
    "ir_r1_k3_s1_e8_c240";
constexpr std::string_view kEdgeTpu =
    "tk_r1_k3_s1_x0.25_e0.75_c16|er_r1_k3_s2_e8_c16 er_r1_k3_s1_e4_c16 er_r1_k3_s1_e8_c16 er_r1_k3_s1_e4_c16|"
    "er_r1_k5_s2_e8_c40 er_r3_k3_s1_e4_c40|"
    "ir_r1_k3_s2_e8_c72 ir_r1_k3_s1_e8_c72 er_r2_k3_s1_e4_c72 ir_r2_k5_s1_e8_c96 ir_r2_k3_s1_e8_c96|"
    "ir_r1_k5_s2_e8_c120 ir_r1_k3_s1_e8_c120 ir_r1_k5_s1_e4_c120 ir_r1_k3_s1_e8_c120 ir_r1_k5_s1_e8_c384";

constexpr MobileNet backbone(std::string_view name, std::string_view stages, int stem, std::string_view act) {
  return {.name = name,
          .stages = stages,
          .image = 320,
          .stem = stem,
          .act = act,
          .se_of_expansion = true,
          .se_round = true,
          .round_limit = 0,
          .backbone = true,
          .source = "tensorflow/models ssd_mobiledet_feature_extractor.py; arXiv 2004.14525"};
}

constexpr MobileNet kVariants[] = {
    backbone("mobiledet_cpu", kCpu, 16, "hard_swish"),
    backbone("mobiledet_dsp", kDsp, 32, "relu6"),
    backbone("mobiledet_edgetpu", kEdgeTpu, 32, "relu6"),
};

}  // namespace

std::unique_ptr<Family> make_family_mobiledet() { return make_variants(kVariants, build_mobile); }

}  // namespace scalesim::workloads
